// What time is it for due times? The event clock of the service, else the wall clock.
import { useEffect, useState } from 'react';
import { useStatus } from '~/api/queries';

/** Milliseconds; due times of a task are compared with it. The later of the watermark and nothing: data of the past has its own now. */
export function useNow(): number {
  const { data } = useStatus();
  const [wall, setWall] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setWall(Date.now()), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  const mark = data?.watermark ? new Date(data.watermark).getTime() : wall;
  // Where the newest event is more than two days from the wall clock, time is that of the events.
  return Math.abs(wall - mark) > 2 * 86_400_000 ? mark : wall;
}
