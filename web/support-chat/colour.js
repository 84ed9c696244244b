// The site's colour, made readable: WCAG AA's 4.5 to 1 for text on it, and for text in it.

const ENOUGH = 4.5;
const WHITE = [255, 255, 255];
const INK = [11, 20, 18];
// The grounds of what the assistant says: --theirs in style.js.
const LIGHT = [238, 243, 242];
const DARK = [38, 50, 48];

// Any CSS colour as [red, green, blue]; null for what is none.
function parsed(colour) {
  if (!CSS.supports("color", colour)) return null;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function mixed(colour, other, share) {
  return colour.map((part, index) => Math.round(part + (other[index] - part) * share));
}

// The colour, moved towards another no further than it takes to be read on a ground.
function readable(colour, ground, towards) {
  let share = 0;
  while (contrast(mixed(colour, towards, share), ground) < ENOUGH && share < 1) share += 0.05;
  return mixed(colour, towards, Math.min(share, 1));
}

// The colour at its brightest, half way to white: mixed towards plain white it would turn grey.
function glowing(colour) {
  const brightest = Math.max(...colour);
  return brightest ? mixed(colour.map((part) => (part * 255) / brightest), WHITE, 0.5) : WHITE;
}

const css = (colour) => `rgb(${colour.join(" ")})`;

// accent: for grounds; onAccent: for text on them; accentText: for text on the window's own ground.
export function palette(accent, isDark) {
  const colour = parsed(accent);
  if (!colour) return {};
  const onAccent = contrast(WHITE, colour) >= contrast(INK, colour) ? WHITE : INK;
  const fill = readable(colour, onAccent, onAccent === WHITE ? INK : WHITE);
  const text = isDark
    ? readable(readable(colour, DARK, glowing(colour)), DARK, WHITE)
    : readable(colour, LIGHT, INK);
  return { accent: css(fill), onAccent: css(onAccent), accentText: css(text) };
}
