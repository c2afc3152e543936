// Where is the load? The operator's map of the divisions, or tiles where none is given.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { raw } from '~/api/client';
import { useWords } from '~/i18n';
import { LevelBar } from './parts';
import type { Load } from './load';
import { dispatchWords } from './words';

type Ring = [number, number][];
interface Feature { properties: Record<string, unknown> | null; id?: string | number; geometry: { type: string; coordinates: Ring[] | Ring[][] } | null }

export interface Place { id: string; name: string; agency?: string; load: Load; value: number }

/** The operator's GeoJSON; null when the pipeline names none. */
const useMap = () =>
  useQuery({
    queryKey: ['map'],
    staleTime: Infinity,
    retry: false,
    queryFn: async () => {
      const text = await raw<string | { features: Feature[] }>('/api/v1/map');
      return text === '' ? null : ((typeof text === 'string' ? JSON.parse(text) : text) as { features: Feature[] });
    },
  });

const codeOf = (feature: Feature) => {
  const own = feature.properties ?? {};
  return String(own.code ?? own.adcode ?? own.division ?? own.id ?? feature.id ?? '');
};

function rings(feature: Feature): Ring[] {
  const shape = feature.geometry;
  if (shape?.type === 'Polygon') return shape.coordinates as Ring[];
  if (shape?.type === 'MultiPolygon') return (shape.coordinates as Ring[][]).flat();
  return [];
}

/** Paths in a box of 600 by what the shape needs; longitudes are drawn together as the latitude asks. */
function project(features: Feature[]) {
  const points = features.flatMap((feature) => rings(feature).flat());
  if (points.length === 0) return null;
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const min = (list: number[]) => list.reduce((a, b) => Math.min(a, b));
  const max = (list: number[]) => list.reduce((a, b) => Math.max(a, b));
  const [west, east, south, north] = [min(xs), max(xs), min(ys), max(ys)];
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = 600 / Math.max((east - west) * narrow, 1e-9);
  const at = ([x, y]: [number, number]) => [(x - west) * narrow * scale + 10, (north - y) * scale + 10] as const;
  const shapes = features.map((feature) => {
    const own = rings(feature);
    const all = own.map((ring) => ring.map(at));
    const path = all.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join('');
    const largest = all.toSorted((a, b) => b.length - a.length)[0] ?? [];
    const middle = [largest.reduce((sum, point) => sum + point[0], 0) / (largest.length || 1), largest.reduce((sum, point) => sum + point[1], 0) / (largest.length || 1)];
    return { code: codeOf(feature), path, middle };
  });
  return { shapes, height: (north - south) * scale + 20 };
}

export function TownMap({ places, heat, onOpen }: { places: Place[]; heat: 'red' | 'blue'; onOpen: (place: Place) => void }) {
  const t = useWords(dispatchWords);
  const map = useMap();
  const drawn = useMemo(() => (map.data ? project(map.data.features) : null), [map.data]);
  const max = Math.max(1, ...places.map((place) => place.value));
  if (map.isPending) return null;
  if (drawn) {
    return (
      <svg className={`mapsvg heat${heat}`} viewBox={`0 0 620 ${Math.round(drawn.height)}`} role="group" aria-label={t('map')}>
        {drawn.shapes.map((shape) => {
          const place = places.find((one) => shape.code !== '' && (one.id === shape.code || one.id.startsWith(shape.code) && shape.code.length > 6));
          const label = place ? `${place.name}: ${place.value}` : shape.code;
          return (
            <g key={shape.code + shape.path.length}>
              <path d={shape.path} style={{ '--part': (place?.value ?? 0) / max } as React.CSSProperties} role={place ? 'button' : 'img'} tabIndex={place ? 0 : undefined} aria-label={label}
                onClick={() => place && onOpen(place)} onKeyDown={(event) => place && event.key === 'Enter' && onOpen(place)}><title>{label}</title></path>
              {place && <text x={shape.middle[0]} y={shape.middle[1]}>{place.name} {place.value}</text>}
            </g>
          );
        })}
      </svg>
    );
  }
  return (
    <div className="stack">
      <div className={`towntiles heat${heat}`}>
        {places.map((place) => (
          <button key={place.id} type="button" className="towntile" style={{ '--part': place.value / max } as React.CSSProperties} onClick={() => onOpen(place)}>
            <span>{place.name}</span><b>{place.value}</b><LevelBar load={place.load} />
          </button>
        ))}
      </div>
      <small>{t('tilesHint')}</small>
    </div>
  );
}
