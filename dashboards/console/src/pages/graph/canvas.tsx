// How is the neighbourhood drawn? Cards to both sides of the centre, lines by kind, hubs folded below it.
import { Background, BaseEdge, ConnectionMode, Controls, EdgeLabelRenderer, Handle, MarkerType, Position, ReactFlow, getBezierPath, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react';
import { useMemo } from 'react';
import type { Schemas } from '~/api/client';
import { useWords } from '~/i18n';
import { Grade } from '~/ui';
import { layout, NODE, type Tie } from './layout';
import { graphWords, type GraphWord } from './words';

type Firm = Schemas['Node'];
type FirmNode = Node<{ firm: Firm; centre: boolean; dim: boolean; ended: string }, 'firm'>;
type HubNode = Node<{ text: string; hint: string }, 'hub'>;
type TieEdge = Edge<{ group: string; label: string; dim: boolean; strong: boolean; tree: boolean }, 'tie'>;

function FirmCard({ data, selected }: NodeProps<FirmNode>) {
  const { firm, centre, dim, ended } = data;
  const name = firm.name || firm.uscc;
  return (
    <div className={`firmcard g-${firm.grade ?? 'none'} ${centre ? 'centre' : ''} ${selected ? 'on' : ''} ${dim ? 'dimmed' : ''} ${firm.ended ? 'gone' : ''}`}>
      <Handle type="source" position={Position.Left} id="l" isConnectable={false} />
      <Handle type="source" position={Position.Right} id="r" isConnectable={false} />
      <Handle type="source" position={Position.Bottom} id="b" isConnectable={false} />
      <Handle type="source" position={Position.Top} id="t" isConnectable={false} />
      <span className="cardname" title={firm.ended ? `${name} (${ended})` : name}>{name}</span>
      <Grade grade={firm.grade} />
    </div>
  );
}

function HubCard({ data }: NodeProps<HubNode>) {
  return (
    <div className="hubcard" title={data.hint}>
      <Handle type="source" position={Position.Top} id="t" isConnectable={false} />
      {data.text}
    </div>
  );
}

function TieLine(props: EdgeProps<TieEdge>) {
  const [path, x, y] = getBezierPath({ ...props, curvature: 0.35 });
  const { data } = props;
  return (
    <>
      <BaseEdge path={path} markerEnd={props.markerEnd} className={`tie ${data?.group} ${data?.tree ? '' : 'cross'} ${data?.dim ? 'dimmed' : ''} ${data?.strong ? 'strong' : ''}`} interactionWidth={12} />
      {data?.label && <EdgeLabelRenderer><span className={`tielabel ${data.group}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>{data.label}</span></EdgeLabelRenderer>}
    </>
  );
}

const NODES = { firm: FirmCard, hub: HubCard };
const EDGES = { tie: TieLine };
/** Labels of the centre's lines are shown while there are at most so many. */
const LABELS_MAX = 22;
/** A label that stands on more lines than this is left out. */
const OFTEN = 4;

export function Canvas({ nodes, ties, hubs, selected, at, onSelect, onOpen }: {
  nodes: Firm[]; ties: Tie[]; hubs: Schemas['HubShape'][]; selected?: string; at?: Map<string, { x: number; y: number }>; onSelect: (uscc: string | undefined) => void; onOpen: (uscc: string) => void;
}) {
  const t = useWords(graphWords);
  const spots = useMemo(() => at ?? layout(nodes, ties), [at, nodes, ties]);
  const centre = nodes[0]!.uscc;
  const focus = selected ?? centre;
  const drawn = useMemo(() => {
    const near = new Set(ties.filter((tie) => tie.from === focus || tie.to === focus).flatMap((tie) => [tie.from, tie.to]));
    const dims = (uscc: string) => (selected !== undefined && uscc !== selected && !near.has(uscc));
    const kindName = (kind: string) => (kind in graphWords.zh ? t(kind as GraphWord) : kind);
    const names = new Map(nodes.map((node) => [node.uscc, node.name || node.uscc]));
    const flow: (FirmNode | HubNode)[] = nodes.map((firm) => {
      const spot = spots.get(firm.uscc) ?? { x: 0, y: 0 };
      return {
        id: firm.uscc, type: 'firm', position: { x: spot.x - NODE.width / 2, y: spot.y - NODE.height / 2 }, width: NODE.width, height: NODE.height, selected: firm.uscc === selected, connectable: false,
        data: { firm, centre: firm.uscc === centre, dim: dims(firm.uscc), ended: t('ended') },
        ariaLabel: t('node', { name: firm.name || firm.uscc, grade: firm.grade ?? '—', score: firm.score ?? '—', d: firm.distance }),
      } as FirmNode;
    });
    hubs.forEach((hub, index) => flow.push({
      id: `hub-${index}`, type: 'hub', position: { x: -105, y: 44 + index * 36 }, width: 210, height: 27, selectable: false, connectable: false,
      data: { text: t('hub', { kind: kindName(hub.kind), n: hub.members }), hint: t('hubHint') }, ariaLabel: `${t('hub', { kind: kindName(hub.kind), n: hub.members })}. ${t('hubHint')}`,
    }));
    const labelled = ties.filter((tie) => tie.from === focus || tie.to === focus);
    const showLabels = selected !== undefined || labelled.length <= LABELS_MAX;
    const words = (tie: Tie) => [...new Set(tie.relations.map((relation) => kindName(relation.kind)))];
    // What nearly every line says is in the legend and the list: only what differs is written on lines.
    const often = new Map<string, number>();
    for (const tie of labelled) often.set(words(tie).join(), (often.get(words(tie).join()) ?? 0) + 1);
    const telling = (tie: Tie) => selected !== undefined || (often.get(words(tie).join()) ?? 0) <= OFTEN;
    const lines: Edge[] = ties.map((tie) => {
      const [a, b] = [spots.get(tie.from), spots.get(tie.to)];
      const right = (b?.x ?? 0) >= (a?.x ?? 0);
      const same = Math.abs((b?.x ?? 0) - (a?.x ?? 0)) < 30;
      const down = (b?.y ?? 0) >= (a?.y ?? 0);
      const outer = (a?.x ?? 0) >= 0 ? 'r' : 'l';
      const touches = tie.from === focus || tie.to === focus;
      const way = at !== undefined;
      const kinds = words(tie);
      const directed = tie.relations.every((relation) => relation.from === tie.from && groupDirected(relation.kind));
      return {
        id: tie.id, type: 'tie', source: tie.from, target: tie.to,
        sourceHandle: way ? (down ? 'b' : 't') : same ? outer : right ? 'r' : 'l', targetHandle: way ? (down ? 't' : 'b') : same ? outer : right ? 'l' : 'r',
        markerEnd: directed ? { type: MarkerType.ArrowClosed, width: 14, height: 14, color: `var(--g-${tie.groups[0]})` } : undefined,
        data: { group: tie.groups[0]!, label: (touches && showLabels && telling(tie)) || way ? `${kinds.slice(0, 2).join('·')}${kinds.length > 2 ? ` +${kinds.length - 2}` : ''}` : '', dim: selected !== undefined && !touches, tree: !!tie.tree || touches, strong: way || (selected !== undefined && touches) },
        ariaLabel: t('edge', { a: names.get(tie.from) ?? tie.from, b: names.get(tie.to) ?? tie.to, kinds: kinds.join('、') }),
      } as Edge;
    });
    hubs.forEach((_, index) => lines.push({ id: `hubline-${index}`, source: centre, sourceHandle: 'b', target: `hub-${index}`, targetHandle: 't', type: 'straight', className: 'hubline', focusable: false }));
    return { flow, lines };
  }, [nodes, ties, hubs, spots, selected, focus, at, centre, t]);
  return (
    <ReactFlow connectionMode={ConnectionMode.Loose} nodes={drawn.flow} edges={drawn.lines} nodeTypes={NODES} edgeTypes={EDGES} fitView fitViewOptions={{ padding: 0.06, maxZoom: 1.1 }} minZoom={0.15} maxZoom={2}
      nodesDraggable={false} nodesConnectable={false} edgesFocusable nodesFocusable onlyRenderVisibleElements={false} proOptions={{ hideAttribution: true }}
      deleteKeyCode={null} multiSelectionKeyCode={null} selectionKeyCode={null} zoomOnDoubleClick={false}
      onNodesChange={(changes) => {
        for (const change of changes) if (change.type === 'select' && !change.id.startsWith('hub-')) { if (change.selected) onSelect(change.id); }
      }}
      onPaneClick={() => onSelect(undefined)} onNodeDoubleClick={(_, node) => node.type === 'firm' && onOpen(node.id)}
      ariaLabelConfig={{ 'controls.zoomIn.ariaLabel': t('zoomIn'), 'controls.zoomOut.ariaLabel': t('zoomOut'), 'controls.fitView.ariaLabel': t('fit'), 'node.a11yDescription.default': t('keys'), 'edge.a11yDescription.default': '' }}>
      <Background gap={24} size={1} />
      <Controls showInteractive={false} position="bottom-right" />
    </ReactFlow>
  );
}

const groupDirected = (kind: string) => ['succession', 'declared', 'holds', 'controls', 'paid'].includes(kind);
