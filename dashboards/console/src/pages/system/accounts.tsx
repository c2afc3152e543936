// Who is let in, and what may each see and do? Accounts of people and keys of machines.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, type Schemas } from '~/api/client';
import { useModel } from '~/api/queries';
import { useSession } from '~/api/session';
import { useLang, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { Chip, Copy, DataTable, Empty, Field, Page, Panel, ProblemBox, Waiting, When } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { useToast } from '~/ui/toast';
import { accountWords } from './accountwords';
import './system.css';

type Account = Schemas['Account'];
type Grant = Schemas['GrantBody'];
const ROLES = ['viewer', 'investigator', 'dispatcher', 'analyst', 'auditor', 'operator'];

/** A new account or key, or what an account is for from now on. */
function Form({ kind, account, onClose, onKey }: { kind: 'account' | 'key'; account?: Account; onClose: () => void; onKey: (key: string) => void }) {
  const t = useWords(accountWords);
  const name = useNames();
  const { lang } = useLang();
  const toast = useToast();
  const client = useQueryClient();
  const { data: model } = useModel();
  const [called, setCalled] = useState(account?.name ?? '');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<string[]>(account?.roles ?? []);
  const [agency, setAgency] = useState(account?.agency ?? '');
  const [divisions, setDivisions] = useState(account?.divisions.join(' ') ?? '');
  const [error, setError] = useState<unknown>(null);
  const [missing, setMissing] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (roles.length === 0) return setMissing(t('roleNeeded'));
    setMissing('');
    setBusy(true);
    setError(null);
    const prefixes = divisions.split(/[\s,，]+/).filter(Boolean);
    const grant: Grant = { roles, agency: agency || null, divisions: prefixes.length ? prefixes : [''] };
    try {
      if (account) {
        await api.PATCH('/api/v1/accounts/{id}', { params: { path: { id: account.id } }, body: { grant, disabled: account.disabled } });
        toast(t('saved'));
      } else if (kind === 'account') {
        const made = await data(api.POST('/api/v1/accounts', { body: { name: called.trim(), password, grant } }));
        toast(t('made', { id: made.id }));
      } else {
        const made = await data(api.POST('/api/v1/keys', { body: { name: called.trim(), grant } }));
        if (made.key) onKey(made.key);
      }
      await client.invalidateQueries({ queryKey: [kind === 'key' ? 'keys' : 'accounts'] });
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={account ? `${t('edit')} · ${account.name}` : kind === 'key' ? t('addKey') : t('add')} onClose={onClose}>
      <form className="accountform" onSubmit={(event) => void submit(event)}>
        {!account && <Field label={t('name')}><input type="text" required value={called} maxLength={60} autoComplete="off" onChange={(event) => setCalled(event.target.value)} /></Field>}
        {!account && kind === 'account' && <Field label={t('password')} hint={t('passwordHint')}><input type="password" required minLength={12} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} /></Field>}
        <fieldset>
          <legend>{t('roles')}</legend>
          <div className="rolebox">
            {[...ROLES, ...(kind === 'key' ? ['feeder'] : [])].map((role) => (
              <label key={role}><input type="checkbox" checked={roles.includes(role)} onChange={(event) => setRoles(event.target.checked ? [...roles, role] : roles.filter((one) => one !== role))} /> {name('role', role)}</label>
            ))}
          </div>
          <small>{t('rolesHint')}</small>
        </fieldset>
        <Field label={t('agency')}>
          <select value={agency} onChange={(event) => setAgency(event.target.value)}>
            <option value="">{t('noAgency')}</option>
            {model?.agencies.map((one) => <option key={one.id} value={one.id}>{one[lang]}</option>)}
          </select>
        </Field>
        <Field label={t('divisions')} hint={t('divisionsHint')}><input type="text" value={divisions} inputMode="numeric" onChange={(event) => setDivisions(event.target.value)} /></Field>
        {missing && <p className="formerror" role="alert">{missing}</p>}
        {error !== null && <ProblemBox error={error} />}
        <div className="actions"><button type="button" onClick={onClose}>{t('cancel')}</button><button type="submit" className="primary" disabled={busy}>{account ? t('save') : t('create')}</button></div>
      </form>
    </Dialog>
  );
}

function List({ kind, rows, onEdit }: { kind: 'account' | 'key'; rows: Account[]; onEdit: (account: Account) => void }) {
  const t = useWords(accountWords);
  const name = useNames();
  const names = useModelNames();
  const { me } = useSession();
  const toast = useToast();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [taking, setTaking] = useState<Account | null>(null);
  const change = async (call: Promise<unknown>, key: string, told: string) => {
    setError(null);
    try {
      await call;
      toast(told);
      await client.invalidateQueries({ queryKey: [key] });
    } catch (problem) {
      setError(problem);
    }
  };
  const toggle = (one: Account) => void change(api.PATCH('/api/v1/accounts/{id}', { params: { path: { id: one.id } }, body: { disabled: !one.disabled } }), 'accounts', t('saved'));
  return (
    <>
      {error !== null && <ProblemBox error={error} />}
      <DataTable caption={kind === 'key' ? t('keys') : t('accounts')} rows={rows} rowKey={(one) => one.id} empty={<Empty title={kind === 'key' ? t('noKeys') : t('none')} />} columns={[
        { key: 'name', head: t('name'), cell: (one) => <span className="firm"><b>{one.name} {one.id === me?.id && <Chip tone="accent">{t('self')}</Chip>} {one.vouched && <Chip>{t('vouched')}</Chip>} {one.disabled && <Chip tone="bad">{t('disabled')}</Chip>}</b><code className="uscc">{one.id}</code></span> },
        { key: 'roles', head: t('roles'), cell: (one) => <span className="chips">{one.roles.map((role) => <Chip key={role}>{name('role', role)}</Chip>)}</span> },
        { key: 'agency', head: t('agency'), cell: (one) => (one.agency ? names.agency(one.agency) : <span className="muted">{t('noAgency')}</span>) },
        { key: 'divisions', head: t('divisions'), cell: (one) => (one.divisions.every((prefix) => prefix === '') ? <span className="muted">{t('everywhere')}</span> : <code>{one.divisions.join(' ')}</code>) },
        { key: 'since', head: t('since'), width: 110, cell: (one) => <When at={one.created_at} date /> },
        { key: 'do', head: <span className="sr">{t('edit')}</span>, align: 'right', cell: (one) => (kind === 'key'
          ? <button type="button" className="small danger" onClick={() => setTaking(one)}>{t('remove')}</button>
          : one.id === me?.id ? <small title={t('selfHint')}>{t('selfHint')}</small>
            : <span className="row">{!one.vouched && <button type="button" className="small" onClick={() => onEdit(one)}>{t('edit')}</button>}<button type="button" className={`small ${one.disabled ? '' : 'danger'}`} onClick={() => toggle(one)}>{one.disabled ? t('enable') : t('disable')}</button></span>) },
      ]} />
      {taking && (
        <Dialog title={t('remove')} onClose={() => setTaking(null)}>
          <p>{t('removeAsk', { name: taking.name })}</p>
          <div className="actions">
            <button type="button" onClick={() => setTaking(null)}>{t('cancel')}</button>
            <button type="button" className="danger" onClick={() => { void change(api.DELETE('/api/v1/keys/{id}', { params: { path: { id: taking.id } } }), 'keys', t('removed')); setTaking(null); }}>{t('remove')}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

export default function Accounts() {
  const t = useWords(accountWords);
  const { open, has } = useSession();
  const may = !open && has('operator');
  const accounts = useQuery({ queryKey: ['accounts'], queryFn: () => data(api.GET('/api/v1/accounts')), enabled: may });
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => data(api.GET('/api/v1/keys')), enabled: may });
  const [form, setForm] = useState<{ kind: 'account' | 'key'; account?: Account } | null>(null);
  const [key, setKey] = useState('');
  const back = <Link className="button small" to="/system">← {t('back')}</Link>;
  if (open) return <Page title={t('title')} side={back}><Panel><Empty title={t('openTitle')}>{t('openHint')}</Empty></Panel></Page>;
  if (!may) return <Page title={t('title')} side={back}><Panel><Empty title={t('noRole')} /></Panel></Page>;
  return (
    <Page title={t('title')} side={back}>
      {key && <div className="secret" role="alert"><strong>{t('keyOnce')}</strong><code>{key}</code><span><Copy text={key} /></span></div>}
      <Panel title={t('accounts')} side={<button type="button" className="small primary" onClick={() => setForm({ kind: 'account' })}>{t('add')}</button>}>
        {accounts.data ? <List kind="account" rows={accounts.data.accounts} onEdit={(account) => setForm({ kind: 'account', account })} /> : <Waiting query={accounts} />}
      </Panel>
      <Panel title={t('keys')} side={<button type="button" className="small" onClick={() => setForm({ kind: 'key' })}>{t('addKey')}</button>}>
        {keys.data ? <List kind="key" rows={keys.data.accounts} onEdit={() => {}} /> : <Waiting query={keys} />}
      </Panel>
      {form && <Form kind={form.kind} account={form.account} onClose={() => setForm(null)} onKey={setKey} />}
    </Page>
  );
}
