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
	Status         = scene.Status
	Intents        = scene.Intents
)

// The steps of an activation.
const (
	AskingForCode       = scene.AskingForCode
	WaitingForApproval  = scene.WaitingForApproval
	FetchingCertificate = scene.FetchingCertificate
)
