package main

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/internal/chromium"
)

// browser opens the page in a headless Chromium.
func browser(t *testing.T, b *bench) func(...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	ctx, end, err := chromium.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	timer := time.AfterFunc(2*generous, cancel)
	t.Cleanup(func() { timer.Stop() })
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.EmulateViewport(1000, 820), chromedp.Navigate(b.at), chromedp.WaitVisible(".slot"))
	return do
}

// js waits until an expression is true on the page.
func js(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](expression)
}

// What a person does on the page with mouse and keyboard arrives at a real reader.
func TestPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.read()
	do := browser(t, b)
	wantTap := func(how, uid string) {
		t.Helper()
		if got := b.next().UID; string(got) != uid {
			t.Errorf("%s: tapped % x, want % x", how, got, uid)
		}
		b.until("the reader is clear after "+how, func(v view) bool { return len(v.Lying) == 0 })
	}

	do(js(`document.getElementById("status").dataset.state === "ready"`))
	do(chromedp.Click("#tray .slot:nth-child(1) .tap"))
	wantTap("a click on Anna", "\x3a\x01\xa7\xc4")
	do(chromedp.Focus("#tray .slot:nth-child(2) .tap"), chromedp.KeyEvent(kb.Enter))
	wantTap("Enter on Boris", "\x04\xb0\x71\x5a\x6e\x29\x80")
	do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("3"))
	wantTap("the key 3", "\x04\xc4\xe7\x1b\x90\x5c\x81")
	do(chromedp.SendKeys("#uid", "04 a1 b2 c3"+kb.Enter))
	wantTap("a number", "\x04\xa1\xb2\xc3")

	do(chromedp.DragAndDrop("#tray .slot:nth-child(4) .tap", "#antenna"))
	b.until("Dora lies on the reader", func(v view) bool { return len(v.Lying) == 1 && v.Lying[0].Name == "dora" })
	if got := b.next().UID; string(got) != "\x5d\x02\xb1\x6f" {
		t.Errorf("dragged: tapped % x", got)
	}
	do(js(`document.querySelector("#lying").textContent.includes("Dora Klein · read")`))
	do(chromedp.Click("#lying button"))
	b.until("Dora is taken off", func(v view) bool { return len(v.Lying) == 0 })

	do(chromedp.Click(`#faults button[data-kind="nad-status"]`), js(`document.getElementById("status").dataset.state === "fault"`))
	b.until("a fault waits", func(v view) bool { return len(v.Faults) == 1 })
	do(chromedp.Click("#clear"))
	b.until("no fault waits", func(v view) bool { return len(v.Faults) == 0 })
	do(chromedp.Click("#cord"), js(`document.getElementById("cord").textContent === "Plug in"`))
	b.until("unplugged", func(v view) bool { return !v.Plugged })
	do(chromedp.Click("#tray .slot:nth-child(1) .tap"), js(`document.querySelector("#news.bad")?.textContent.includes("unplugged")`))
	do(chromedp.Click("#cord"))
	b.until("plugged in", func(v view) bool { return v.Plugged })
	do(chromedp.SetValue("#uid", "04"), chromedp.Click("#other button"), js(`document.querySelector("#news.bad")?.textContent.includes("4, 7 or 10 bytes")`))
}
