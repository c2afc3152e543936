// Who comes in, and how does the very first one? Login, and the first administrator by the one-time token.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, Problem, setCsrf } from '~/api/client';
import { useSession } from '~/api/session';
import { useTheme } from '~/app/theme';
import { useLang, useWords } from '~/i18n';
import { Field, Icon, ProblemBox } from '~/ui';
import { shell } from '~/app/words';
import { welcome } from './words';
import './welcome.css';

function useLogin() {
  const { refresh } = useSession();
  return async (name: string, password: string) => {
    const me = await data(api.POST('/api/v1/session', { body: { name, password } }));
    setCsrf(me.csrf);
    await refresh();
  };
}

/** What a login by the identity provider ended with, as the service says in the address. */
const REFUSED = { 'login-refused': 'refused', 'login-not-granted': 'notGranted', forbidden: 'disabled', 'provider-down': 'providerDown', 'rate-limited': 'busy' } as const;

/** Leaves the console for the identity provider, and comes back to this place. */
function SingleSignOn() {
  const t = useWords(welcome);
  const query = new URLSearchParams(location.search);
  const word = query.get('refused');
  query.delete('refused');
  const search = query.size ? `?${query}` : '';
  const why = word === null ? null : Object.hasOwn(REFUSED, word) ? REFUSED[word as keyof typeof REFUSED] : 'refused';
  return (
    <div className="stack sso">
      {why && <p className="wrong" role="alert">{t(why)}</p>}
      <a className="button primary" href={`/api/v1/session/oidc?to=${encodeURIComponent(location.pathname + search)}`}>{t('sso')}</a>
      <p className="muted or">{t('or')}</p>
    </div>
  );
}

function Login() {
  const t = useWords(welcome);
  const login = useLogin();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    login(name, password).catch(setError).finally(() => setBusy(false));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <h1>{t('login')}</h1>
      <Field label={t('name')}><input required autoFocus autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} /></Field>
      <Field label={t('password')}><input required type="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} /></Field>
      {error instanceof Problem && (error.status === 401 || error.status === 429) ? <p className="wrong" role="alert">{t('wrong')}</p> : error ? <ProblemBox error={error} /> : null}
      <button type="submit" className="primary" disabled={busy}>{t('enter')}</button>
    </form>
  );
}

function Setup() {
  const t = useWords(welcome);
  const login = useLogin();
  const [form, setForm] = useState({ token: '', name: '', password: '', again: '' });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const differ = form.again !== '' && form.again !== form.password;
  const field = (key: keyof typeof form) => ({ value: form[key], required: true, onChange: (event: React.ChangeEvent<HTMLInputElement>) => setForm({ ...form, [key]: event.target.value }) });
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.POST('/api/v1/setup', { body: { token: form.token.trim(), name: form.name, password: form.password } });
      await login(form.name, form.password);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <h1>{t('setup')}</h1>
      <p className="muted">{t('setupWhy')}</p>
      <Field label={t('token')} hint={t('tokenHint')}><input autoFocus autoComplete="off" spellCheck={false} {...field('token')} /></Field>
      <Field label={t('name')}><input autoComplete="username" {...field('name')} /></Field>
      <Field label={t('password')} hint={t('length')}><input type="password" minLength={12} autoComplete="new-password" {...field('password')} /></Field>
      <Field label={t('again')} hint={differ ? t('differ') : undefined}><input type="password" autoComplete="new-password" aria-invalid={differ} {...field('again')} /></Field>
      {error ? <ProblemBox error={error} /> : null}
      <button type="submit" className="primary" disabled={busy || differ || form.again === ''}>{t('create')}</button>
    </form>
  );
}

export default function Welcome() {
  const t = useWords(welcome);
  const s = useWords(shell);
  const { lang, setLang } = useLang();
  const [theme, toggle] = useTheme();
  const { data: state } = useQuery({ queryKey: ['setup'], queryFn: () => data(api.GET('/api/v1/setup')), staleTime: 0 });
  return (
    <main className="welcome">
      <section className="intro">
        <img src="/favicon.svg" alt="" width="56" height="56" />
        <p className="brand">Vestigo</p>
        <p className="tagline">{t('tagline')}</p>
        <p>{t('about')}</p>
      </section>
      <section className="panel">{state?.single_sign_on && <SingleSignOn />}{state && (state.needed ? <Setup /> : <Login />)}</section>
      <p className="row corner">
        <button type="button" className="ghost" onClick={() => setLang(lang === 'zh' ? 'en' : 'zh')} lang={lang === 'zh' ? 'en' : 'zh-CN'}>{s('lang')}</button>
        <button type="button" className="ghost" onClick={toggle} aria-label={theme === 'dark' ? s('light') : s('dark')}><Icon name={theme === 'dark' ? 'sun' : 'moon'} /></button>
      </p>
    </main>
  );
}
