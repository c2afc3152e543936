// What stands around every page? Navigation, search, stream, language, theme, session; and what is shown when a page fails.
import { Link, Outlet, useNavigate, useRouterState, type ErrorComponentProps } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { api, data } from '~/api/client';
import { useStatus } from '~/api/queries';
import { useSession } from '~/api/session';
import { useStream } from '~/api/stream';
import { useLang, useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { stamp } from '~/i18n/time';
import { Empty, Grade, Icon, ProblemBox, type IconName } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { keysShown, useKeys } from '~/ui/keys';
import { useTheme } from './theme';
import { shell } from './words';

const Welcome = lazy(() => import('~/pages/welcome'));
const Tour = lazy(() => import('~/pages/welcome/tour'));

type Word = keyof (typeof shell)['zh'];
interface Item { to: string; word: Word; icon: IconName; roles?: string[] }
const READS = ['investigator', 'dispatcher', 'analyst', 'auditor'];
const GROUPS: { word: Word; items: Item[] }[] = [
  { word: 'work', items: [
    { to: '/alerts', word: 'alerts', icon: 'alerts', roles: ['viewer', ...READS] },
    { to: '/enterprises', word: 'enterprises', icon: 'firms', roles: ['viewer', ...READS] },
    { to: '/pairs', word: 'pairs', icon: 'pairs', roles: READS },
    { to: '/graph', word: 'graph', icon: 'graph', roles: READS },
    { to: '/funds', word: 'funds', icon: 'funds', roles: ['investigator', 'dispatcher', 'analyst'] },
  ] },
  { word: 'act', items: [
    { to: '/dispatch', word: 'queues', icon: 'queue', roles: READS },
    { to: '/dispatch/unit', word: 'unit', icon: 'dispatch', roles: READS },
    { to: '/dispatch/command', word: 'command', icon: 'map', roles: READS },
  ] },
  { word: 'manage', items: [
    { to: '/models', word: 'models', icon: 'models' },
    { to: '/quality', word: 'quality', icon: 'quality', roles: ['operator'] },
    { to: '/audit', word: 'audit', icon: 'audit', roles: ['auditor'] },
    { to: '/system', word: 'system', icon: 'system' },
  ] },
];

// Which item is active is said below: `/dispatch` is not active at `/dispatch/unit`.
const PLAIN = { 'aria-current': undefined };

function Navigation() {
  const t = useWords(shell);
  const { has } = useSession();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const active = (to: string) => (to === '/dispatch' ? path === to || path.startsWith('/tasks') : path === to || path.startsWith(`${to}/`));
  return (
    <nav className="rail" aria-label={t('nav')}>
      <Link to="/alerts" className="brand" activeProps={PLAIN}>
        <img src="/favicon.svg" alt="" width="24" height="24" /> <span>Vestigo</span>
      </Link>
      {GROUPS.map((group) => {
        const items = group.items.filter((item) => !item.roles || has(...item.roles));
        return items.length === 0 ? null : (
          <div key={group.word}>
            <h2>{t(group.word)}</h2>
            {items.map((item) => (
              <Link key={item.to} to={item.to} activeProps={PLAIN} className={active(item.to) ? 'active' : ''} aria-current={active(item.to) ? 'page' : undefined} title={t(item.word)}>
                <Icon name={item.icon} />
                <span>{t(item.word)}</span>
              </Link>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

/** Finds enterprises by name or code, and warnings, pairs and tasks by id. */
function Omnibox() {
  const t = useWords(shell);
  const name = useNames();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text.trim()), 150);
    return () => window.clearTimeout(timer);
  }, [text]);
  useKeys([{ key: '/', label: t('findHint'), run: () => input.current?.focus() }]);
  const found = useQuery({
    queryKey: ['indices', 'search', asked],
    queryFn: () => data(api.GET('/api/v1/enterprises', { params: { query: { q: asked, limit: 8 } } })),
    enabled: asked.length > 0 && !asked.includes(':'),
    placeholderData: (was) => was,
  });
  const firms = asked && !asked.includes(':') ? (found.data?.enterprises ?? []) : [];
  const go = (uscc?: string) => {
    setOpen(false);
    input.current?.blur();
    if (asked.includes('..')) void navigate({ to: '/pairs/$id', params: { id: asked } });
    else if (asked.includes('/')) void navigate({ to: '/tasks/$id', params: { id: asked.replaceAll('/', '~') } });
    else if (asked.includes(':')) void navigate({ to: '/alerts', search: { at: asked, tab: 'all' } });
    else if (uscc) void navigate({ to: '/enterprises/$uscc', params: { uscc } });
    else if (asked) void navigate({ to: '/enterprises', search: { q: asked } });
    setText('');
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') input.current?.blur();
    if (event.key === 'Enter') go(firms[at]?.uscc);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt((was) => Math.max(0, Math.min(firms.length - 1, was + (event.key === 'ArrowDown' ? 1 : -1))));
    }
  };
  return (
    <div className="omnibox" role="search">
      <Icon name="search" />
      <input ref={input} type="text" role="combobox" aria-expanded={open && asked !== ''} aria-controls="found" aria-label={t('find')} aria-autocomplete="list"
        aria-activedescendant={firms.length ? `found-${at}` : undefined}
        placeholder={t('find')} value={text} onKeyDown={onKey}
        onChange={(event) => { setText(event.target.value); setAt(0); setOpen(true); }}
        onFocus={() => setOpen(true)} onBlur={() => window.setTimeout(() => setOpen(false), 150)} />
      <kbd>/</kbd>
      <ul id="found" role="listbox" aria-label={t('results')} hidden={!open || asked === ''}>
        {firms.map((firm, index) => (
          <li key={firm.uscc} id={`found-${index}`} role="option" aria-selected={index === at} onMouseDown={() => go(firm.uscc)} onMouseEnter={() => setAt(index)}>
            <span>{firm.name}</span> <code>{firm.uscc}</code> <Grade grade={firm.index?.grade} />
          </li>
        ))}
        {firms.length === 0 && <li role="option" aria-selected="false" className="muted">{asked.includes(':') ? `${name('kind', asked.split(':')[0] ?? '')} ↵` : t('nothing')}</li>}
      </ul>
    </div>
  );
}

function StreamSign() {
  const t = useWords(shell);
  const { state, since } = useStream();
  const { data: status } = useStatus();
  const hint = state === 'offline' && since ? t('since', { time: stamp(since).slice(11) }) : status?.watermark ? t('dataTo', { time: stamp(status.watermark) }) : '';
  return (
    <span className={`stream ${state}`} role="status">
      <span className="dot" aria-hidden="true" />
      <span><b>{t(state)}</b> <small>{hint}</small></span>
    </span>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const t = useWords(shell);
  const pages = [...keysShown].map((keys) => keys.current).toReversed();
  return (
    <Dialog title={t('keys')} onClose={onClose}>
      <dl className="keys">
        {pages.flat().map((key) => (
          <div key={key.key + key.label}><dt><kbd>{key.key === ' ' ? 'Space' : key.key}</kbd></dt><dd>{key.label}</dd></div>
        ))}
        <div><dt><kbd>z</kbd></dt><dd>{t('goUndo')}</dd></div>
        <div><dt><kbd>g</kbd> <kbd>a</kbd></dt><dd>{t('goAlerts')}</dd></div>
        <div><dt><kbd>g</kbd> <kbd>f</kbd></dt><dd>{t('goEnterprises')}</dd></div>
        <div><dt><kbd>g</kbd> <kbd>p</kbd></dt><dd>{t('goPairs')}</dd></div>
        <div><dt><kbd>g</kbd> <kbd>d</kbd></dt><dd>{t('goDispatch')}</dd></div>
      </dl>
    </Dialog>
  );
}

function Top({ onHelp, onTour }: { onHelp: () => void; onTour: () => void }) {
  const t = useWords(shell);
  const name = useNames();
  const { lang, setLang } = useLang();
  const [theme, toggle] = useTheme();
  const { me, open, logOut } = useSession();
  return (
    <header className="top">
      <Omnibox />
      <span className="grow" />
      <StreamSign />
      <button type="button" className="ghost" onClick={() => setLang(lang === 'zh' ? 'en' : 'zh')} lang={lang === 'zh' ? 'en' : 'zh-CN'}>{t('lang')}</button>
      <button type="button" className="ghost" onClick={toggle} aria-label={theme === 'dark' ? t('light') : t('dark')} title={theme === 'dark' ? t('light') : t('dark')}>
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
      <button type="button" className="ghost" onClick={onHelp} aria-label={t('keys')} title={t('keysHint')}><Icon name="help" /></button>
      <details className="menu">
        <summary className="ghost"><Icon name="user" /> <span>{open ? t('open') : me?.name}</span></summary>
        <div>
          {open ? <p>{t('openHint')}</p> : <p>{me?.roles.map((role) => name('role', role)).join(' · ')}</p>}
          <button type="button" onClick={onTour}>{t('tour')}</button>
          {!open && <button type="button" onClick={() => void logOut()}>{t('logout')}</button>}
        </div>
      </details>
    </header>
  );
}

const GO: Record<string, string> = { a: '/alerts', f: '/enterprises', p: '/pairs', d: '/dispatch' };

function Inside() {
  const t = useWords(shell);
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  const [tour, setTour] = useState(() => localStorage.getItem('vestigo.tour') === null);
  const went = useRef(0);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    // A page that was gone to is read from its beginning.
    if (document.activeElement === document.body || document.activeElement?.closest('.rail')) document.getElementById('main')?.focus({ preventScroll: true });
  }, [path]);
  useKeys([{ key: '?', label: t('keys'), run: () => setHelp(true) }]);
  useEffect(() => {
    // `g` and a letter within a second.
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest('input,textarea,select,dialog')) return;
      if (event.key === 'g') went.current = Date.now();
      else if (GO[event.key] && Date.now() - went.current < 1000) {
        event.preventDefault();
        event.stopImmediatePropagation();
        went.current = 0;
        void navigate({ to: GO[event.key] });
      }
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [navigate]);
  const endTour = () => {
    localStorage.setItem('vestigo.tour', 'seen');
    setTour(false);
  };
  return (
    <div className="frame">
      <a className="skip" href="#main">{t('skip')}</a>
      <Navigation />
      <Top onHelp={() => setHelp(true)} onTour={() => setTour(true)} />
      <main id="main" tabIndex={-1}><Suspense><Outlet /></Suspense></main>
      {help && <Help onClose={() => setHelp(false)} />}
      {tour && <Suspense><Tour onClose={endTour} /></Suspense>}
    </div>
  );
}

export function Shell() {
  const { me } = useSession();
  return me ? <Inside /> : <Suspense><Welcome /></Suspense>;
}

export function Starting({ error }: { error: unknown }) {
  const t = useWords(shell);
  if (!error) return null;
  const offline = (error as { status?: number }).status !== 503;
  return (
    <main className="alone">
      <Empty title={offline ? t('noAnswer') : t('starting')}>{offline ? t('noAnswerDo') : t('startingDo')}</Empty>
    </main>
  );
}

export function NotFound() {
  const t = useWords(shell);
  return <Empty title={t('notFound')}>{t('notFoundDo')} <Link to="/alerts">{t('home')}</Link></Empty>;
}

export function Crash({ error }: ErrorComponentProps) {
  const t = useWords(shell);
  return (
    <div className="page">
      <h1>{t('crash')}</h1>
      <p>{t('crashDo')}</p>
      <ProblemBox error={error} />
      <button type="button" onClick={() => location.reload()}>{t('reload')}</button>
    </div>
  );
}
