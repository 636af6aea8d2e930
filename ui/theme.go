package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Theme returns the kiosk's tokens as a Fyne theme, for the application whose
// window holds the kiosk. Fonts are the ones Fyne ships (Noto Sans), with the
// system's as a fall-back for scripts that these do not have.
func Theme(darkGround bool) fyne.Theme {
	if darkGround {
		return kioskTheme{dark, theme.VariantDark}
	}
	return kioskTheme{light, theme.VariantLight}
}

type kioskTheme struct {
	palette
	variant fyne.ThemeVariant
}

func (t kioskTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameBackground:
		return t.paper
	case theme.ColorNameForeground:
		return t.ink
	case theme.ColorNamePrimary, theme.ColorNameSuccess:
		return t.accept
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnSuccess,
		theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnWarning:
		return t.onState
	case theme.ColorNameError:
		return t.refuse
	case theme.ColorNameWarning:
		return t.wait
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return t.quiet
	case theme.ColorNameButton, theme.ColorNameInputBackground:
		return t.card
	case theme.ColorNameSeparator, theme.ColorNameInputBorder:
		return t.edge
	default:
		return theme.DefaultTheme().Color(name, t.variant)
	}
}

func (t kioskTheme) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

func (t kioskTheme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

func (t kioskTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return sizeNote
	case theme.SizeNamePadding:
		return step
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return corner
	default:
		return theme.DefaultTheme().Size(name)
	}
}
