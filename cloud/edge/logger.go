package edge

import (
	"fmt"
	"log/slog"
)

// logger puts the broker's log into ours. The broker must not end the program,
// so a fatal message becomes the error of Start.
type logger struct {
	log   *slog.Logger
	fatal chan<- error
}

func (l *logger) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *logger) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l *logger) Errorf(format string, v ...any)  { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l *logger) Debugf(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *logger) Tracef(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }

func (l *logger) Fatalf(format string, v ...any) {
	err := fmt.Errorf(format, v...)
	l.log.Error("broker", "err", err)
	select {
	case l.fatal <- err:
	default: // the first one counts
	}
}
