// Ten thousand warnings in a list: only the rows in sight are drawn, and none moves under the cursor.
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import type { Task, Warning } from '~/api/client';
import { useSession } from '~/api/session';
import { useText, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { Chip, Due, Level, State } from '~/ui';
import { useFormat } from '~/i18n/time';
import { dueOf, mainTask } from './acts';
import { alertWords } from './words';

const ROW = 58;

interface Props {
  rows: Warning[];
  total: number | undefined;
  at: number;
  selected: ReadonlySet<string>;
  now: number;
  onAt: (index: number) => void;
  onSelect: (id: string, range: boolean) => void;
  onOpen: (warning: Warning) => void;
  onEnd: () => void;
}

export function AlertList({ rows, total, at, selected, now, onAt, onSelect, onOpen, onEnd }: Props) {
  const t = useWords(alertWords);
  const names = useModelNames();
  const { me } = useSession();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12 });
  const items = virtual.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastSeen >= rows.length - 40) onEnd();
  }, [lastSeen, rows.length, onEnd]);
  useEffect(() => virtual.scrollToIndex(at, { align: 'auto' }), [at, virtual]);
  return (
    <div className="alertlist" role="grid" aria-label={t('list')} aria-rowcount={total ?? rows.length} aria-multiselectable="true" aria-activedescendant={items.some((item) => item.index === at) ? `row-${at}` : undefined} tabIndex={0} ref={box}>
      <div role="row" className="head" aria-rowindex={1}>
        <span role="columnheader" aria-label={t('kSelect')} /><span role="columnheader">{t('level')}</span><span role="columnheader">{t('warning')}</span>
        <span role="columnheader">{t('reasons')}</span><span role="columnheader">{t('owner')}</span><span role="columnheader">{t('due')}</span><span role="columnheader">{t('age')}</span>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          const task = mainTask(row, me);
          return <Row key={row.id} row={row} task={task} agency={names.agency(task?.agency)} index={item.index} start={item.start} at={item.index === at} checked={selected.has(row.id)} now={now} onAt={onAt} onSelect={onSelect} onOpen={onOpen} />;
        })}
      </div>
    </div>
  );
}

interface RowProps extends Pick<Props, 'now' | 'onAt' | 'onSelect' | 'onOpen'> {
  row: Warning;
  task: Task | undefined;
  agency: string;
  index: number;
  start: number;
  at: boolean;
  checked: boolean;
}

/** Drawn again only when something about it changes: scrolling draws what comes into sight. */
const Row = memo(function Row({ row, task, agency, index, start, at, checked, now, onAt, onSelect, onOpen }: RowProps) {
  const t = useWords(alertWords);
  const text = useText();
  const name = useNames();
  const format = useFormat();
  const due = task && dueOf(task);
  return (
    <div id={`row-${index}`} role="row" aria-rowindex={index + 2} aria-selected={at || checked}
      className={`alert ${at ? 'at' : ''} ${checked ? 'checked' : ''} ${row.state === 'open' ? '' : 'gone'}`}
      style={{ transform: `translateY(${start}px)`, height: ROW }} onClick={() => onAt(index)} onDoubleClick={() => onOpen(row)}>
      <span role="gridcell"><input type="checkbox" aria-label={row.subject_name ?? row.id} tabIndex={-1} checked={checked} onClick={(event) => event.stopPropagation()} onChange={(event) => onSelect(row.id, (event.nativeEvent as MouseEvent).shiftKey)} /></span>
      <span role="gridcell"><Level level={row.level} /></span>
      <span role="gridcell" className="what"><b>{row.subject_name ?? `${t('group')} · ${t('subjects', { n: row.subjects.length })}`}</b><small>{name('kind', row.kind)} · {row.subject ?? text(row.summary)}</small></span>
      <span role="gridcell" className="why">{(row.reasons ?? []).slice(0, 3).map((reason, index) => <Chip key={index} title={text(reason)}>{text(reason)}</Chip>)}</span>
      <span role="gridcell" className="who">{task ? <><span>{agency}</span><State state={task.state} /></> : <span className="muted">—</span>}</span>
      <span role="gridcell">{due && task ? <Due at={due} now={now} overdue={task.overdue} /> : <span className="muted">—</span>}</span>
      <span role="gridcell" className="muted" title={row.raised_at}>{format.span(now - new Date(row.raised_at).getTime())}</span>
    </div>
  );
});
