// The page shows the simulator's state, which arrives as server-sent events, and
// sends what a person does. It keeps no state of its own but a drag in progress.

const $ = (id) => document.getElementById(id);
const body = document.body;

const kinds = {
  classic: "MIFARE Classic 1K", ntag: "NTAG213", smartcard: "ISO 14443-4", phone: "Phone, ISO 14443-4",
};
const words = {
  "silence": "No acknowledgement", "silence-after-ack": "No answer", "garbage": "Garbage", "bad-checksum": "Bad checksum",
  "bad-length": "Bad length", "error-frame": "Error frame", "truncated-frame": "Cut frame", "foreign-reply": "Wrong answer",
  "nad-status": "NAD status (kills libnfc)", "ats-zero": "ATS of length 0 (kills libnfc)", "uid-length": "UID of 255 bytes",
  "truncated-target": "Cut card number",
};
// Pairs dark enough for white text, of hues that colour-blind people can tell.
const colours = [["#0B6E99", "#084C6B"], ["#2F5D50", "#1C3F36"], ["#5B2A86", "#3C1A5B"], ["#8A4B00", "#5F3300"], ["#33404E", "#12181F"], ["#5A6673", "#38424C"]];

let state = null;
const cards = new Map(); // by name

const spaced = (uid) => (uid || "").replace(/../g, "$& ").trim();
const initials = (s) => s.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
const people = (name) => state?.cards.find((c) => c.name === name)?.person || spaced(name);

async function post(path, data) {
  try {
    const res = await fetch("api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data || {}) });
    const answer = await res.json();
    if (!res.ok) throw new Error(answer.error);
    return answer;
  } catch (e) {
    news(e.message === "Failed to fetch" ? "The simulator does not answer." : e.message, true);
    return null;
  }
}

function news(text, bad) {
  $("news").textContent = text;
  $("news").classList.toggle("bad", !!bad);
}

async function tap(what, who) {
  if (!state?.plugged) return news("The reader is unplugged.", true);
  news(`${who} taps …`);
  const done = await post("tap", what);
  if (done) news(`${who} was read as ${spaced(done.uid)}.`);
}

// middle of an element that may be moved by its transform, without that move.
function middle(el) {
  const r = el.getBoundingClientRect();
  return [r.left + r.width / 2, r.top + r.height / 2];
}

// place moves a card onto the reader or back into its slot.
function place(card, index) {
  const el = card.el;
  if (card.drag) return;
  if (!card.on) {
    el.style.setProperty("--dx", "0px");
    el.style.setProperty("--dy", "0px");
    el.style.setProperty("--scale", "1");
    return;
  }
  const r = card.slot.getBoundingClientRect();
  const [fx, fy] = middle($("antenna"));
  el.style.setProperty("--scale", String(Math.min(1.1, $("drawing").clientWidth * 0.72 / el.offsetWidth)));
  el.style.setProperty("--dx", `${fx - r.left - el.offsetWidth / 2 + index * 10}px`);
  el.style.setProperty("--dy", `${fy - r.top - el.offsetHeight / 2 + index * 10}px`);
}

function placeAll() {
  let i = 0;
  for (const c of cards.values()) place(c, c.on ? i++ : 0);
}

function overReader(x, y) {
  const r = $("drawing").getBoundingClientRect();
  return x > r.left && x < r.right && y > r.top && y < r.top + r.height * 0.8;
}

function addCard(data, n) {
  const slot = $("card").content.cloneNode(true).firstElementChild;
  const el = slot.querySelector(".card");
  const button = slot.querySelector(".tap");
  const leave = slot.querySelector(".leave");
  const card = { name: data.name, el, slot, leave, on: false, drag: null };
  const [a, b] = colours[n % colours.length];
  el.style.setProperty("--a", a);
  el.style.setProperty("--b", b);
  el.classList.toggle("phone", data.kind === "phone");
  el.classList.toggle("lost", /lost/.test(data.note || ""));
  const who = data.person || data.name;
  slot.querySelector(".initials").textContent = initials(who);
  slot.querySelector(".person").textContent = who;
  slot.querySelector(".note").textContent = data.note || "";
  slot.querySelector(".kind").textContent = kinds[data.kind] || data.kind;
  slot.querySelector(".uid").textContent = data.uid ? spaced(data.uid) : "08 ·· ·· ··";
  slot.querySelector(".uid").classList.toggle("long", (data.uid || "").length > 14);
  button.textContent = `Tap ${who}`;
  button.title = n < 9 ? `Tap (key ${n + 1})` : "Tap";
  leave.setAttribute("aria-label", `Leave ${who} on the reader`);

  card.tap = () => card.on ? post("off", { card: data.name }) : tap({ card: data.name }, who);
  leave.addEventListener("click", () => post(card.on ? "off" : "put", { card: data.name }));
  button.addEventListener("click", (e) => {
    if (card.dragged) { card.dragged = false; e.preventDefault(); return; }
    card.tap();
  });
  button.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    const style = getComputedStyle(el);
    card.dragged = false;
    card.drag = { x: e.clientX, y: e.clientY, dx: parseFloat(style.getPropertyValue("--dx")) || 0, dy: parseFloat(style.getPropertyValue("--dy")) || 0 };
    button.setPointerCapture(e.pointerId);
  });
  button.addEventListener("pointermove", (e) => {
    if (!card.drag) return;
    const mx = e.clientX - card.drag.x, my = e.clientY - card.drag.y;
    if (!card.dragged && Math.hypot(mx, my) < 6) return;
    card.dragged = true;
    el.classList.add("held");
    body.classList.add("dragging");
    el.style.setProperty("--dx", `${card.drag.dx + mx}px`);
    el.style.setProperty("--dy", `${card.drag.dy + my}px`);
  });
  const end = (e) => {
    if (!card.drag) return;
    card.drag = null;
    el.classList.remove("held");
    body.classList.remove("dragging");
    if (card.dragged && e.type === "pointerup") {
      const over = overReader(e.clientX, e.clientY);
      if (over !== card.on) post(over ? "put" : "off", { card: data.name });
    }
    placeAll();
  };
  button.addEventListener("pointerup", end);
  button.addEventListener("pointercancel", end);
  $("tray").append(slot);
  cards.set(data.name, card);
}

function showLying() {
  $("lying").replaceChildren(...state.lying.map((l) => {
    const li = document.createElement("li");
    const text = document.createElement("span");
    const uid = document.createElement("span");
    const off = document.createElement("button");
    text.textContent = people(l.name) + (l.read ? " · read" : " · not read yet");
    uid.className = "uid";
    uid.textContent = spaced(l.uid);
    text.append(uid);
    off.type = "button";
    off.textContent = "Take off";
    off.setAttribute("aria-label", `Take ${people(l.name)} off`);
    off.addEventListener("click", () => post("off", state.cards.some((c) => c.name === l.name) ? { card: l.name } : { uid: l.uid }));
    li.append(text, off);
    return li;
  }));
}

function showStatus() {
  let [what, text] = ["ready", "A program is looking for cards"];
  if (!state.plugged) [what, text] = ["fault", "Unplugged"];
  else if (state.faults.length) [what, text] = ["fault", state.faults.length === 1 ? "One fault waits" : `${state.faults.length} faults wait`];
  else if (!state.active) [what, text] = ["wait", "No program has opened the reader yet"];
  $("status").dataset.state = what;
  $("status-text").textContent = text;
}

function show(next) {
  state = next;
  if (cards.size === 0) state.cards.forEach(addCard);
  body.classList.toggle("unplugged", !state.plugged);
  body.classList.toggle("active", state.plugged && state.active);
  body.classList.toggle("touched", state.plugged && state.lying.length > 0);
  body.classList.toggle("troubled", state.faults.length > 0);
  for (const c of state.cards) {
    const card = cards.get(c.name);
    if (!card) continue;
    card.on = c.on;
    card.el.classList.toggle("on", c.on);
    card.leave.setAttribute("aria-pressed", String(c.on));
    card.leave.textContent = c.on ? "Take off" : "Leave on reader";
  }
  placeAll();
  showLying();
  showStatus();
  $("cord").textContent = state.plugged ? "Unplug" : "Plug in";
  $("clear").hidden = state.faults.length === 0;
  for (const b of $("faults").children) b.setAttribute("aria-pressed", String(state.faults.includes(b.dataset.kind)));
}

$("cord").addEventListener("click", () => post(state.plugged ? "unplug" : "plug"));
$("clear").addEventListener("click", () => post("fault", { kind: "clear" }));
$("other").addEventListener("submit", (e) => {
  e.preventDefault();
  const uid = $("uid").value.trim();
  if (uid) tap({ uid }, spaced(uid.replace(/[\s:]/g, "")));
});
// Digits tap the first nine cards, except while somebody types.
document.addEventListener("keydown", (e) => {
  if (e.target.matches("input") || e.ctrlKey || e.altKey || e.metaKey || !/^[1-9]$/.test(e.key)) return;
  [...cards.values()][Number(e.key) - 1]?.tap();
});
window.addEventListener("resize", placeAll);

const faults = await (await fetch("api/faults")).json();
$("faults").replaceChildren(...faults.map((kind) => {
  const b = document.createElement("button");
  b.type = "button";
  b.dataset.kind = kind;
  b.textContent = words[kind] || kind;
  b.addEventListener("click", () => post("fault", { kind, times: $("lasting").checked ? -1 : 1 }));
  return b;
}));

const events = new EventSource("api/events");
events.onmessage = (e) => show(JSON.parse(e.data));
events.onerror = () => {
  $("status").dataset.state = "fault";
  $("status-text").textContent = "The simulator has stopped";
};
