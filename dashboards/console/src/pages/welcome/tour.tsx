// What is where? Five steps, once; again from the menu.
import { useState } from 'react';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { Icon, type IconName } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { welcome } from './words';
import './welcome.css';

const STEPS: [icon: IconName, title: keyof (typeof welcome)['zh'], text: keyof (typeof welcome)['zh']][] = [
  ['alerts', 't1', 'd1'], ['pairs', 't2', 'd2'], ['firms', 't3', 'd3'], ['dispatch', 't4', 'd4'], ['audit', 't5', 'd5'],
];

export default function Tour({ onClose }: { onClose: () => void }) {
  const t = useWords(welcome);
  const c = useWords(common);
  const [at, setAt] = useState(0);
  const [icon, title, text] = STEPS[at]!;
  const last = at === STEPS.length - 1;
  return (
    <Dialog title={t('tour')} onClose={onClose}>
      <div className="tour" aria-live="polite">
        <Icon name={icon} />
        <h3>{t(title)}</h3>
        <p>{t(text)}</p>
      </div>
      <footer>
        <small className="grow">{t('step', { n: at + 1, of: STEPS.length })}</small>
        {!last && <button type="button" className="ghost" onClick={onClose}>{t('skip')}</button>}
        {at > 0 && <button type="button" onClick={() => setAt(at - 1)}>{c('previous')}</button>}
        <button type="button" className="primary" autoFocus onClick={() => (last ? onClose() : setAt(at + 1))}>{last ? t('start') : c('next')}</button>
      </footer>
    </Dialog>
  );
}
