// A page that is being built.
import { Page } from '~/ui';

export default function Stub() {
  return <Page title="system">…</Page>;
}
