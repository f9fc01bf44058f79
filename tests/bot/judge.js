// What a picture can be wrong about, asked of the browser that draws it. Each fault is [law, what].
const ENOUGH = 4.5; // WCAG 2.2, 1.4.3
const SLACK_PX = 1.5; // glyphs and rounding
const DESK_PX = 500;
const CONTROLS = "button, summary, select, textarea, input:not([type=hidden])";

const bare = (text) => text.replace(/\s+/g, "");
const short = (text) => JSON.stringify(text.trim().slice(0, 60));
const widthOf = (card) => card.ownerDocument.defaultView.innerWidth;
const isShown = (element) => element.checkVisibility() && !element.closest("[aria-hidden=true]");

function* textsOf(card) {
  const walker = card.ownerDocument.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest("option, script, style, .emoji") || !isShown(node.parentElement)) continue;
    const range = card.ownerDocument.createRange();
    range.selectNodeContents(node);
    yield { node, element: node.parentElement, words: node.data, rects: [...range.getClientRects()].filter((one) => one.width && one.height) };
  }
}

const controlsOf = (card) => [...card.querySelectorAll(CONTROLS)].filter(isShown);

/** What stands in a field, though it is no text of the page. */
const wordsIn = (field) => field.tagName === "SELECT" ? field.selectedOptions[0]?.text ?? "" : (field.value || field.placeholder || "");

function* cutOff(card) {
  const width = widthOf(card);
  if (card.scrollWidth > width) yield `it is ${card.scrollWidth - width} px too wide`;
  for (const { words, rects } of textsOf(card))
    if (rects.some((one) => one.left < 0 || one.right > width)) yield short(words);
  for (const control of controlsOf(card)) {
    const box = control.getBoundingClientRect();
    if (box.left < 0 || box.right > width) yield `${control.tagName} ${short(control.textContent)}`;
  }
  for (const element of card.querySelectorAll("*")) {
    if (element.matches(CONTROLS) || getComputedStyle(element).overflowX === "visible") continue;
    if (element.scrollWidth > element.clientWidth + SLACK_PX) yield `${element.className || element.tagName} hides a part of ${short(element.textContent)}`;
  }
}

function* clipped(card) {
  for (const { element, words, rects } of textsOf(card)) {
    const button = element.closest("button, summary");
    if (!button) continue;
    const box = button.getBoundingClientRect();
    if (rects.some((one) => one.left < box.left || one.right > box.right || one.top < box.top - SLACK_PX || one.bottom > box.bottom + SLACK_PX)) yield short(words);
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of controlsOf(card).filter((one) => one.matches("input, select"))) {
    if (["checkbox", "radio", "datetime-local", "date", "time"].includes(field.type)) continue;
    const isTyped = field.tagName === "INPUT" && field.value;
    if (!isTyped && widthOf(card) < DESK_PX) continue; // a phone cuts hints and choices with dots, and shows them whole when touched
    const style = getComputedStyle(field), arrow = field.tagName === "SELECT" ? 18 : 0;
    const edges = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) + arrow;
    const whole = isTyped ? field : field.closest(".field"); // Slack has no button beside a hint
    pen.font = style.font;
    if (pen.measureText(wordsIn(field)).width > whole.clientWidth - edges) yield `${short(wordsIn(field))} in its field`;
  }
}

const meets = (one, other) =>
  Math.min(one.right, other.right) - Math.max(one.left, other.left) > SLACK_PX && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 2 * SLACK_PX;

function* overlapping(card) {
  const texts = [...textsOf(card)].map((one) => ({ at: one.element, words: one.words, rects: one.rects, isText: true }));
  const controls = controlsOf(card).map((one) => ({ at: one, words: one.textContent || one.tagName, rects: [one.getBoundingClientRect()], isText: false }));
  const all = [...texts, ...controls];
  for (const [index, one] of all.entries())
    for (const other of all.slice(index + 1)) {
      const nested = one.isText !== other.isText && (one.at.contains(other.at) || other.at.contains(one.at));
      if (!nested && one.rects.some((rect) => other.rects.some((second) => meets(rect, second)))) yield `${short(one.words)} and ${short(other.words)}`;
    }
}

function* unseen(card, wanted) {
  const seen = [], fields = controlsOf(card).map(wordsIn);
  for (const { element, words, rects } of textsOf(card)) {
    if (rects.length && rects.every((one) => isOnTop(card, element, one))) seen.push(words);
  }
  const all = bare(seen.join("") + "\0" + fields.join("\0"));
  for (const words of wanted) if (!all.includes(bare(words))) yield short(words);
}

function isOnTop(card, element, rect) {
  const hit = card.ownerDocument.elementFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2);
  return hit !== null && (hit === element || hit.contains(element) || element.contains(hit));
}

function* closedMenus(card, menus) {
  const found = [...card.querySelectorAll("details.menu")];
  if (found.length !== menus.length) yield `${found.length} menus instead of ${menus.length}`;
  for (const [index, menu] of found.entries()) {
    menu.open = true;
    const width = widthOf(card);
    for (const words of menus[index] ?? []) {
      const entry = [...menu.querySelectorAll("button")].find((one) => bare(one.textContent) === bare(words));
      const box = entry?.getBoundingClientRect();
      if (!box?.width || box.left < 0 || box.right > width || entry.scrollWidth > entry.clientWidth || !isOnTop(card, entry, box)) yield short(words);
    }
    menu.open = false;
  }
}

function rgba(text) {
  const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
  return { red, green, blue, alpha };
}

const over = (top, under) => ({
  red: top.red * top.alpha + under.red * (1 - top.alpha),
  green: top.green * top.alpha + under.green * (1 - top.alpha),
  blue: top.blue * top.alpha + under.blue * (1 - top.alpha),
  alpha: 1,
});

function groundOf(element) {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((under, layer) => over(layer, under), { red: 255, green: 255, blue: 255, alpha: 1 });
}

function light({ red, green, blue }) {
  const [r, g, b] = [red, green, blue].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(element, part) {
  const ground = groundOf(element);
  let ink = rgba(getComputedStyle(element, part).color);
  for (let at = element; at; at = at.parentElement) ink.alpha *= Number(getComputedStyle(at).opacity);
  const [low, high] = [light(over(ink, ground)), light(ground)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

function* faint(card) {
  for (const { element, words } of textsOf(card)) {
    const found = contrast(element);
    if (found < ENOUGH) yield `${short(words)} has ${found.toFixed(2)}`;
  }
  for (const field of controlsOf(card).filter((one) => wordsIn(one))) {
    const found = contrast(field, field.value ? undefined : "::placeholder");
    if (found < ENOUGH) yield `${short(wordsIn(field))} has ${found.toFixed(2)}`;
  }
}

const LAWS = { "cut off": cutOff, clipped, overlapping, faint, "not seen": unseen, "not in its menu": closedMenus };
const framesOf = () => [...document.querySelectorAll("iframe")];
const cardsIn = (frame) => [...frame.contentDocument.querySelectorAll("[data-name]")];

/** The same card at both widths stands at the same height; each frame has room for the menu of its last one. */
function fit() {
  const heights = {};
  for (const card of framesOf().flatMap(cardsIn)) heights[card.dataset.name] = Math.max(heights[card.dataset.name] ?? 0, Math.ceil(card.getBoundingClientRect().height));
  for (const card of framesOf().flatMap(cardsIn)) card.style.height = `${heights[card.dataset.name]}px`;
  const room = 250, tall = framesOf().map((frame) => frame.contentDocument.body.scrollHeight + room);
  for (const [index, frame] of framesOf().entries()) frame.style.height = `${tall[index]}px`;
}

/** ``wanted``: the texts and menus of each card. Returns [law, card, width, what]. */
function judge(wanted, laws) {
  const found = [];
  for (const frame of framesOf())
    for (const card of cardsIn(frame)) {
      const { texts, menus } = wanted[card.dataset.name];
      for (const law of laws)
        for (const what of LAWS[law](card, law === "not seen" ? texts : menus)) found.push([law, card.dataset.name, frame.width, what]);
    }
  return found;
}

/** A picture in few colours: of each pixel the nearest of those that are used most and unlike each other. Returns [width, height, colours, rows]. */
async function inFewColours(png, colours) {
  const image = await createImageBitmap(await (await fetch(png)).blob());
  const { width, height } = image;
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer); // alpha, blue, green, red
  const times = new Uint32Array(1 << 15), example = new Uint32Array(1 << 15), coarse = new Uint16Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) {
    const pixel = pixels[at], like = ((pixel & 0xf8) << 7) | ((pixel >>> 6) & 0x3e0) | ((pixel >>> 19) & 0x1f);
    coarse[at] = like;
    if (!times[like]++) example[like] = pixel;
  }
  const used = [...times.keys()].filter((like) => times[like]).sort((one, other) => times[other] - times[one]);
  const parts = (like) => [0, 8, 16].map((shift) => (example[like] >>> shift) & 0xff);
  const far = (one, other) => one.reduce((sum, part, index) => sum + (part - other[index]) ** 2, 0);
  const palette = [];
  for (const like of used) if (palette.length < colours && palette.every((one) => far(one, parts(like)) > 14 ** 2)) palette.push(parts(like));
  const nearest = new Uint8Array(1 << 15);
  for (const like of used) nearest[like] = palette.reduce((best, colour, index) => (far(colour, parts(like)) < far(palette[best], parts(like)) ? index : best), 0);
  const rows = new Uint8Array((width + 1) * height); // each begins with its filter: none
  for (let y = 0, at = 0; y < height; y++) for (let x = 1; x <= width; x++, at++) rows[y * (width + 1) + x] = nearest[coarse[at]];
  let text = "";
  for (let at = 0; at < rows.length; at += 0x8000) text += String.fromCharCode(...rows.subarray(at, at + 0x8000));
  return [width, height, palette, btoa(text)];
}
