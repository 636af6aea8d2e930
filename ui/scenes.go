package ui

import "muster/ui/scene"

// What the kiosk can show and be asked for, under the names it has here.
type (
	Scene          = scene.Scene
	Activation     = scene.Activation
	ActivationStep = scene.ActivationStep
	Ready          = scene.Ready
	Result         = scene.Result
	Capture        = scene.Capture
	Fault          = scene.Fault
	Locked         = scene.Locked
	Revoked        = scene.Revoked
	Invitation     = scene.Invitation
	InvitationStep = scene.InvitationStep
	Joining        = scene.Joining
	Invites        = scene.Invites
	Status         = scene.Status
	Intents        = scene.Intents
)

// The steps of an activation.
const (
	AskingForCode       = scene.AskingForCode
	WaitingForApproval  = scene.WaitingForApproval
	FetchingCertificate = scene.FetchingCertificate
)

// The steps of an invitation.
const (
	InvitationCard     = scene.InvitationCard
	InvitationQuestion = scene.InvitationQuestion
	InvitationAnswered = scene.InvitationAnswered
	InvitationWaiting  = scene.InvitationWaiting
	InvitationNone     = scene.InvitationNone
)
