package main

import (
	"bufio"
	"io"
	"strings"

	"muster/ui"
	"muster/ui/scene"
)

// readIntents takes what a script asks for, one line each: "code XXXX-XXXX",
// "new-code", "activate-anew", "invitations", "join ID", "decline ID" or "later",
// where ID is that of the question shown; and "invites ACT" or "invites tick ID",
// which are those of scene.InvitesAct.
func readIntents(from io.Reader, i ui.Intents) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		switch word {
		case "code":
			i.EnterCode(strings.TrimSpace(rest))
		case "new-code":
			i.NewCode()
		case "activate-anew":
			i.ActivateAnew()
		case "invitations":
			i.MyInvitations()
		case "join", "decline":
			i.AnswerInvitation(strings.TrimSpace(rest), word == "join")
		case "later":
			i.CloseInvitation()
		case "invites":
			act, id, _ := strings.Cut(strings.TrimSpace(rest), " ")
			i.Invites(scene.InvitesAct(act), strings.TrimSpace(id))
		}
	}
}
