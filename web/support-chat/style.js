// The widget's looks, as a constructed stylesheet: no style element or attribute for a
// Content-Security-Policy to refuse. Sizes are in em of the visitor's own font size, because rem
// is the page's. Colours are named by what they are for.

// Below this the window fills the screen.
export const SMALL = "(max-width: 30em), (max-height: 28em)";

const CSS = `
:host { all: initial !important; display: block !important; }
:host([hidden]) { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, h3 { margin: 0; font: inherit; }
button, input, textarea { margin: 0; font: inherit; letter-spacing: inherit; color: inherit; }
button { border: 1px solid transparent; background: none; cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
svg { display: block; width: 1.5em; height: 1.5em; fill: currentcolor; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.root {
  color-scheme: light;
  --ground: var(--support-chat-background, #ffffff);
  --text: var(--support-chat-text, #17211f);
  --line: #dfe6e5;
  --edge: #75847f;
  --soft: #53625f;
  --theirs: #eef3f2;
  --bad: #b3261e;
  --wait: #7a5200;
  --good: #15803d;
  --focus: var(--accent-text);
  --shadow: 0 1px 2px rgb(16 40 36 / 8%), 0 0.75em 2.5em rgb(16 40 36 / 18%);
  --radius: var(--support-chat-radius, 1.25em);
  --layer: var(--support-chat-z-index, 2147483000);
  --x: var(--support-chat-offset-x, 1.25em);
  --y: var(--support-chat-offset-y, 1.25em);
  color: var(--text);
  font: 1em/1.5 var(--support-chat-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif);
  font-size: var(--support-chat-font-size, 1em);
  overflow-wrap: anywhere;
  text-align: start;
}
.root[data-theme="dark"] {
  color-scheme: dark;
  --ground: var(--support-chat-background, #161e1d);
  --text: var(--support-chat-text, #e6eeec);
  --line: #2d3937;
  --edge: #82918e;
  --soft: #a8b7b4;
  --theirs: #263230;
  --bad: #ffaaa1;
  --wait: #f2cf7e;
  --good: #6fd99b;
  --shadow: 0 0 0 1px #2d3937, 0 0.75em 2.5em rgb(0 0 0 / 50%);
}

.launcher {
  position: fixed;
  bottom: calc(var(--y) + env(safe-area-inset-bottom, 0px));
  right: var(--x);
  z-index: var(--layer);
  display: grid;
  place-items: center;
  width: 3.5em;
  height: 3.5em;
  padding: 0;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 1px 2px rgb(0 0 0 / 16%), 0 0.4em 1.25em rgb(0 0 0 / 22%);
}
.launcher:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; box-shadow: 0 0 0 3px #fff, 0 0 0 7px var(--accent); }
.launcher svg { width: 1.6em; height: 1.6em; }
.launcher .close, .launcher[aria-expanded="true"] .chat { display: none; }
.launcher[aria-expanded="true"] .close { display: block; }
.count {
  position: absolute;
  top: -0.25em;
  right: -0.25em;
  min-width: 1.7em;
  padding: 0 0.4em;
  border: 2px solid #fff;
  border-radius: 1em;
  background: #b3261e;
  color: #fff;
  font-size: 0.8125em;
  font-weight: 700;
  line-height: 1.45em;
  text-align: center;
}
.left .launcher, .left .panel { right: auto; left: var(--x); }

.panel {
  position: fixed;
  inset: auto var(--x) calc(var(--y) + 4.5em + env(safe-area-inset-bottom, 0px)) auto;
  z-index: var(--layer);
  flex-direction: column;
  width: min(var(--support-chat-width, 24.5em), calc(100vw - 2 * var(--x)));
  height: min(var(--support-chat-height, 40em), calc(100dvh - 2 * var(--y) - 4.5em));
  max-width: none;
  max-height: none;
  margin: 0;
  padding: 0;
  border: 1px solid transparent;
  border-radius: var(--radius);
  background: var(--ground);
  color: var(--text);
  box-shadow: var(--shadow);
  overflow: clip;
}
.left .panel { right: auto; }
.panel[open] { display: flex; }
.panel::backdrop { background: none; }

header { display: flex; flex: none; align-items: center; gap: 0.7em; padding: 0.8em 0.6em 0.8em 1.1em; border-bottom: 1px solid var(--line); }
[dir="rtl"] header { padding: 0.8em 1.1em 0.8em 0.6em; }
.mark { flex: none; display: grid; place-items: center; width: 2.4em; height: 2.4em; border-radius: 50%; background: var(--accent); color: var(--on-accent); }
.mark svg { width: 1.25em; height: 1.25em; }
.titles { flex: 1; min-width: 0; }
h2 { font-size: 1.0625em; font-weight: 650; line-height: 1.3; letter-spacing: -0.01em; }
.connection { min-height: 1.4em; color: var(--soft); font-size: 0.8125em; line-height: 1.4; }
.connection::before { content: ""; display: inline-block; margin-inline-end: 0.5em; border: 0.25em solid var(--edge); border-radius: 50%; vertical-align: 0.05em; }
.connection:empty::before { content: none; }
.connection.connected::before { border-color: var(--good); }
.connection.lost, .connection.loading { color: var(--wait); }
.connection.lost::before, .connection.loading::before { border-color: var(--wait); }
.connection.broken { color: var(--bad); }
.connection.broken::before { border-color: var(--bad); }
.tool { flex: none; display: grid; place-items: center; width: 2.75em; height: 2.75em; padding: 0; border-radius: 50%; color: var(--soft); }
.tool svg { width: 1.35em; height: 1.35em; }
.tool[aria-expanded="true"] { background: var(--theirs); color: var(--text); }
.bar { position: relative; display: flex; margin-inline-start: -0.4em; }
.menu {
  position: absolute;
  inset: calc(100% + 0.25em) 0 auto auto;
  z-index: 2;
  width: max-content;
  max-width: min(17em, 70vw);
  padding: 0.4em;
  border: 1px solid var(--line);
  border-radius: 0.9em;
  background: var(--ground);
  box-shadow: var(--shadow);
}
[dir="rtl"] .menu { inset: calc(100% + 0.25em) auto auto 0; }
.menu button { display: block; width: 100%; min-height: 2.75em; padding: 0.5em 0.9em; border-radius: 0.6em; text-align: start; }

.view { position: relative; display: flex; flex: 1 1 0; flex-direction: column; min-height: 0; }
.scroller { flex: 1 1 0; min-height: 0; padding: 1.1em 1.1em 0; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }
.scroller:focus-visible { outline-offset: -3px; }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 0.3em; }
.visitor { align-items: flex-end; }
.turn { margin-top: 0.9em; }
.bubble {
  max-width: min(86%, 34em);
  padding: 0.55em 0.9em;
  border: 1px solid transparent;
  border-radius: 1.1em;
  border-end-start-radius: 0.35em;
  background: var(--theirs);
  white-space: pre-wrap;
}
.visitor .bubble { border-radius: 1.1em; border-end-end-radius: 0.35em; background: var(--accent); color: var(--on-accent); }
.visitor[data-state="waiting"] .bubble, .visitor[data-state="failed"] .bubble { border: 1px dashed var(--edge); background: none; color: var(--text); }
a { color: var(--accent-text); text-underline-offset: 0.2em; }
.visitor .bubble a { color: inherit; }
.meta { display: none; gap: 0.4em; align-items: center; margin: 0.25em 0.35em 0; color: var(--soft); font-size: 0.8125em; line-height: 1.4; }
.last .meta, [data-state="waiting"] .meta, [data-state="failed"] .meta { display: flex; }
[data-state="failed"] .meta { color: var(--bad); }
.meta button { min-height: 2em; padding: 0 0.4em; border-radius: 0.4em; color: var(--accent-text); font-weight: 600; text-decoration: underline; text-underline-offset: 0.2em; }
.day { align-self: center; margin: 0.75em 0 0.9em; color: var(--soft); font-size: 0.8125em; }
.note { align-items: center; margin-block: 0.9em; color: var(--soft); font-size: 0.875em; text-align: center; }
.note .bubble { padding: 0 0.5em; background: none; }
.choices { display: flex; flex-wrap: wrap; gap: 0.5em; margin: 0.6em 0 0.3em; }
.choices button, .outlined {
  min-height: 2.6em;
  padding: 0.4em 1.05em;
  border: 1px solid var(--accent-text);
  border-radius: 1.3em;
  color: var(--accent-text);
  font-weight: 550;
}
/* Its room is always there, so that nothing jumps when it comes and goes. */
.typing { visibility: hidden; display: flex; align-items: center; gap: 0.3em; width: max-content; height: 2.1em; margin-block: 0.5em 0.4em; padding-inline: 0.95em; border: 1px solid transparent; border-radius: 1.1em; border-end-start-radius: 0.35em; background: var(--theirs); }
.typing i { border: 0.21em solid var(--edge); border-radius: 50%; }
/* Most answers are there sooner than this delay, and dots that flash by are noise. */
.typing.shown { visibility: visible; animation: appear 0.2s 0.35s backwards; }
@keyframes appear { from { visibility: hidden; opacity: 0; } }
.newest {
  position: absolute;
  bottom: 6.6em;
  left: 50%;
  display: grid;
  place-items: center;
  width: 2.5em;
  height: 2.5em;
  margin-left: -1.25em;
  padding: 0;
  border: 1px solid var(--line);
  border-radius: 50%;
  background: var(--ground);
  color: var(--accent-text);
  box-shadow: var(--shadow);
}
.foot { position: relative; flex: none; padding: 0 1.1em 0.7em; }
.foot .newest { bottom: calc(100% + 0.4em); }

.notice:not(.shown) button { display: none; }
.notice.shown { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6em 1em; margin-bottom: 0.7em; padding: 0.75em 0.95em; border: 1px solid var(--line); border-radius: 0.9em; background: var(--theirs); font-size: 0.9375em; line-height: 1.4; }
.notice p { flex: 1 1 12em; }
.notice .outlined { flex: none; }

.composer { display: flex; align-items: flex-end; gap: 0.35em; padding: 0.2em; border: 1px solid var(--edge); border-radius: 1.6em; background: var(--ground); }
.composer:focus-within { border-color: var(--accent-text); outline: 1px solid var(--accent-text); }
.composer textarea {
  flex: 1;
  min-width: 0;
  min-height: 2.75em;
  max-height: min(9em, 30vh);
  padding: 0.62em 0.35em 0.62em 1em;
  border: 0;
  background: none;
  line-height: 1.5;
  outline: none;
  resize: none;
  scrollbar-width: thin;
  field-sizing: content;
}
[dir="rtl"] .composer textarea { padding: 0.62em 1em 0.62em 0.35em; }
::placeholder { color: var(--soft); opacity: 1; }
.submit { flex: none; display: grid; place-items: center; width: 2.75em; height: 2.75em; padding: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); }
.submit svg { width: 1.35em; height: 1.35em; }
[dir="rtl"] .submit svg, [dir="rtl"] .back svg { transform: scaleX(-1); }
.privacy { margin-top: 0.6em; color: var(--soft); font-size: 0.8125em; line-height: 1.4; text-align: center; text-wrap: balance; }
.privacy a { color: inherit; white-space: nowrap; }

.page { padding: 0.9em 1.1em 1.25em; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }
.page-head { display: flex; align-items: center; gap: 0.35em; margin: 0 0 0.6em -0.6em; }
[dir="rtl"] .page-head { margin: 0 -0.6em 0.6em 0; }
h3 { font-size: 1.0625em; font-weight: 650; }
h3:focus-visible { outline-offset: 4px; border-radius: 0.25em; }
.body { display: flex; flex-direction: column; gap: 1em; align-items: flex-start; }
.body > form, .field { align-self: stretch; }
.field { display: flex; flex-direction: column; gap: 0.3em; }
.field label { font-weight: 550; }
.field small { color: var(--soft); font-size: 0.875em; font-weight: 400; }
.field input, .field textarea { width: 100%; min-height: 2.75em; padding: 0.55em 0.8em; border: 1px solid var(--edge); border-radius: 0.7em; background: var(--ground); resize: vertical; }
.field textarea { min-height: 6.5em; }
.field [aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
.problem { color: var(--bad); font-size: 0.9375em; }
.problem:empty { display: none; }
.filled { min-height: 2.9em; padding: 0.5em 1.3em; border-radius: 1.45em; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.danger { background: var(--bad); color: var(--ground); }
.filled[aria-disabled="true"] { cursor: progress; filter: grayscale(0.4); }
.row { display: flex; flex-wrap: wrap; gap: 0.6em; }
.outcome { white-space: pre-wrap; }

/* The window fills the screen: on a phone, and with very large text. --room is what an on-screen
   keyboard leaves of it. */
@media ${SMALL} {
  .panel, .left .panel { inset: 0; top: var(--room-top, 0); bottom: auto; width: 100%; height: var(--room, 100dvh); border: 0; border-radius: 0; box-shadow: none; }
  header { padding-top: calc(0.6em + env(safe-area-inset-top, 0px)); padding-bottom: 0.6em; }
}
/* Next to no height, a phone on its side or with very large text: what is said needs the room. */
@media (max-height: 20em) {
  .mark, .privacy { display: none; }
  header { padding-block: 0.1em; }
  .titles { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.8em; }
  .scroller { padding-top: 0.5em; }
  .typing { height: 1.4em; margin-block: 0.25em; }
  .foot { padding-bottom: 0.35em; }
  .notice.shown { max-height: 5.5em; margin-bottom: 0.35em; overflow-y: auto; }
}
@media (max-width: 22em) {
  .scroller, .page { padding-inline: 0.8em; }
  .foot { padding-inline: 0.6em; }
  header { gap: 0.5em; padding-inline-start: 0.8em; }
}
/* A finger leaves no hovering behind. */
@media (hover: hover) {
  .tool:hover, .menu button:hover { background: var(--theirs); color: var(--text); }
  a:hover { text-decoration-thickness: 2px; }
  .choices button:hover, .outlined:hover { border-color: transparent; background: var(--accent); color: var(--on-accent); }
  .filled:hover, .submit:hover { filter: brightness(0.92); }
}
@media (prefers-reduced-motion: no-preference) {
  .launcher { transition: transform 0.15s ease-out; }
  .launcher:hover { transform: scale(1.05); }
  .panel[open] { animation: rise 0.18s ease-out; }
  .log .message.new { animation: arrive 0.2s ease-out; }
  .typing.shown i { animation: breathe 1.2s infinite ease-in-out; }
  .typing i:nth-of-type(2) { animation-delay: 0.15s; }
  .typing i:nth-of-type(3) { animation-delay: 0.3s; }
  @keyframes rise { from { opacity: 0; transform: translateY(0.75em); } }
  @keyframes arrive { from { opacity: 0; transform: translateY(0.4em); } }
  @keyframes breathe { 0%, 60%, 100% { opacity: 0.35; } 30% { opacity: 1; transform: translateY(-0.15em); } }
}
@media (forced-colors: active) {
  .launcher, .submit, .filled, .mark { forced-color-adjust: none; border-color: ButtonText; background: ButtonFace; color: ButtonText; }
  .launcher:focus-visible { box-shadow: none; outline-color: Highlight; }
  .panel, .bubble, .typing, .count { border-color: CanvasText; }
  .typing i { border-color: CanvasText; }
}
@media print { .root { display: none; } }
`;

let sheet;

export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
