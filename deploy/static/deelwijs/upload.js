/*
 * Bringing in a file in parts, by the tus protocol: with progress, a pause, and going on after a lost connection or a
 * reload. Without this script, or without the package beside it, the form works by itself.
 *
 * Nothing is kept in the browser: what can be gone on with is on the page, and only its citizen gets that.
 */
"use strict";

(() => {
  const form = document.getElementById("upload");
  if (!form || !window.tus || !window.tus.isSupported) return;

  const panel = document.getElementById("upload-progress");
  const bar = document.getElementById("upload-bar");
  const text = document.getElementById("upload-text");
  const pause = document.getElementById("upload-pause");
  const stop = document.getElementById("upload-stop");
  const input = document.getElementById("file");
  const said = form.dataset;
  const token = form.elements.namedItem("csrfmiddlewaretoken").value;

  let upload = null;
  let running = false;
  let percent = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files[0];
    if (!file) return refuse(said.choose);
    if (file.size > Number(said.largest)) return refuse(said.tooLarge);
    begin(file);
  });

  pause.addEventListener("click", async () => {
    if (running) {
      show(false);
      await upload.abort();
      say(said.paused);
    } else {
      show(true);
      upload.start();
    }
  });

  stop.addEventListener("click", async () => {
    show(false);
    stop.disabled = pause.disabled = true;
    try {
      await upload.abort(true);
    } catch {
      // It was not begun, or the connection is away: what came is thrown away after a day.
    }
    window.location.reload();
  });

  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });

  function begin(file) {
    const keeps = form.elements.namedItem("keeps_metadata").checked ? "yes" : "no";
    const headers = { "X-CSRFToken": token };
    if (said.mandate) headers[said.mandateHeader] = said.mandate;
    upload = new window.tus.Upload(file, {
      endpoint: said.endpoint,
      uploadUrl: begunBefore(file, keeps),
      chunkSize: Number(said.part),
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000],
      storeFingerprintForResuming: false,
      removeFingerprintOnSuccess: true,
      headers,
      metadata: { filename: file.name, dataset: said.dataset, pointer: said.pointer, keepsmetadata: keeps },
      onProgress: (sent, size) => {
        const now = Math.floor((sent * 100) / size);
        if (now !== percent || !text.textContent) {
          // Not at each step: a screen reader would speak all the time. Large parts step over a round number.
          const isNews = Math.floor(now / 10) !== Math.floor(percent / 10);
          percent = now;
          bar.value = now;
          if (isNews || !text.textContent || text.textContent === said.again) say(said.percent, size);
        }
      },
      onShouldRetry: (error) => {
        const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
        const again = status < 400 || status === 409 || status >= 500;
        if (again) say(said.again);
        return again;
      },
      onError: (error) => {
        show(false);
        const why = problem(error);
        if (why) refuse(why);
        else say(said.failed);
      },
      onSuccess: () => {
        bar.value = 100;
        say(said.done);
        pause.disabled = stop.disabled = true;
        running = false;
        window.location.assign(`/my/files/uploads/${upload.url.split("/").pop()}/`);
      },
    });
    document.getElementById("upload-name").textContent = file.name;
    removeError();
    form.hidden = true;
    showBegun(false);
    panel.hidden = false;
    text.textContent = "";
    show(true);
    panel.focus();
    upload.start();
  }

  /* Return the address of an upload of the same file that was not finished. */
  function begunBefore(file, keeps) {
    for (const one of document.querySelectorAll("#begun li")) {
      const known = one.dataset;
      if (known.name === file.name && Number(known.size) === file.size && known.keeps === keeps) return known.url;
    }
    return null;
  }

  /* Return what the service says is wrong; nothing for a connection that is lost. */
  function problem(error) {
    if (!error.originalResponse) return "";
    try {
      const told = JSON.parse(error.originalResponse.getBody());
      const faults = (told.errors || []).map((fault) => fault.detail);
      const texts = faults.length ? faults : [told.title, told.detail];
      return texts.filter(Boolean).map((one) => (/[.!?]$/.test(one) ? one : `${one}.`)).join(" ");
    } catch {
      return "";
    }
  }

  /* What was begun before is not offered while a file comes in: it may be that very file. */
  function showBegun(isShown) {
    const begun = document.getElementById("begun-before");
    if (begun) begun.hidden = !isShown;
  }

  function say(sentence, size) {
    const whole = size === undefined ? upload.file.size : size;
    text.textContent = sentence.replace("{percent}", percent).replace("{size}", inWords(whole));
  }

  function inWords(bytes) {
    const language = document.documentElement.lang;
    const [unit, value] =
      bytes >= 1024 ** 3
        ? ["GB", bytes / 1024 ** 3]
        : bytes >= 1024 ** 2
          ? ["MB", bytes / 1024 ** 2]
          : ["KB", bytes / 1024];
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value)} ${unit}`;
  }

  function show(isRunning) {
    running = isRunning;
    pause.textContent = isRunning ? said.pause : said.goOn;
  }

  function refuse(why) {
    panel.hidden = true;
    form.hidden = false;
    showBegun(true);
    removeError();
    const error = document.createElement("div");
    error.className = "utrecht-form-field-error-message dw-error";
    error.id = "file_error";
    error.setAttribute("role", "alert");
    const sentence = document.createElement("p");
    sentence.textContent = why;
    error.append(sentence);
    input.before(error);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "file_helptext file_error");
    input.closest(".dw-field").classList.add("dw-field--invalid");
    input.focus();
  }

  function removeError() {
    const error = document.getElementById("file_error");
    if (error) error.remove();
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", "file_helptext");
    input.closest(".dw-field").classList.remove("dw-field--invalid");
  }
})();
