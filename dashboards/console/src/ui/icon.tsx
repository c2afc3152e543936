// Drawings of the navigation and of buttons, in one stroke.
const PATHS = {
  alerts: 'M12 3 2.5 20h19zM12 10v4.5M12 17.2v.3',
  firms: 'M4 21V5l8-2v18M12 9h8v12M3 21h18M7 8h2M7 12h2M7 16h2M15 13h2M15 17h2',
  pairs: 'M8.5 7a4.5 5 0 1 0 0 10 4.5 5 0 0 0 0-10zM15.5 7a4.5 5 0 1 1 0 10 4.5 5 0 0 1 0-10z',
  graph: 'M6 6h.01M18 5h.01M12 13h.01M6 19h.01M19 18h.01M6 6l6 7 6-8M12 13l-6 6M12 13l7 5',
  funds: 'M3 6c7 0 11 3 18 3M3 12c7 0 11-3 18-3M3 18c7 0 11-2 18-4',
  dispatch: 'M3 12 21 4l-6 17-3.5-6.5zM11.500 14.500 21 4',
  models: 'M4 7h10M18 7h2M4 17h2M10 17h10M14 4.500v5M8 14.500v5',
  quality: 'M4 6c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3zM4 6v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3',
  audit: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-4 4-6 8-6s7 2 8 6',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .900-1 1.700M12 16.800v.2',
  close: 'M6 6l12 12M18 6 6 18',
  print: 'M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z',
  check: 'M4 12.500l5 5L20 6.500',
  queue: 'M4 6h16M4 12h16M4 18h10',
  map: 'M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14',
  chevron: 'M9 5l7 7-7 7',
} as const;
export type IconName = keyof typeof PATHS;
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
