// A page that is being built.
export default function Tour(_: { onClose: () => void }) {
  return null;
}
