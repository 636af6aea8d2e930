package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"muster/cloud/notify"
)

// mailFlags say how messages to people leave, and how the cloud hears what became
// of them. What is secret comes in files.
type mailFlags struct {
	SMTP             string  `name:"smtp-url" help:"Mail server that takes the cloud's mail: smtp://user@host:587 (STARTTLS) or smtps://user@host:465. Default: mail is not sent, but kept for the console to show." env:"MUSTER_SMTP_URL" placeholder:"URL"`
	SMTPPassword     string  `name:"smtp-password-file" help:"File with the password." type:"path" placeholder:"FILE"`
	SMTPAuthorities  string  `name:"smtp-ca" help:"The mail server's certificate authority (PEM); nobody else is believed." type:"path" placeholder:"FILE"`
	From             string  `name:"mail-from" help:"Sender of mails, such as 'Muster <muster@example.org>'." placeholder:"ADDRESS"`
	ReplyTo          string  `name:"reply-to" help:"Where answers go." placeholder:"ADDRESS"`
	MailRate         float64 `name:"mail-rate" help:"Mails a second that the mail server allows; 0: any number." placeholder:"N"`
	Bounces          string  `name:"bounce-address" help:"Where bounces go: the part before the @ is completed with + and the message's tag." placeholder:"ADDRESS"`
	BounceSecret     string  `name:"bounce-secret-file" help:"File with the secret of the tags. Default: one in the database." type:"path" placeholder:"FILE"`
	BounceIMAP       string  `name:"bounce-imap-url" help:"Mailbox that bounces arrive in: imaps://user@host/INBOX." placeholder:"URL"`
	BounceIMAPSecret string  `name:"bounce-imap-password-file" help:"File with its password." type:"path" placeholder:"FILE"`
	BounceListen     string  `name:"bounce-listen" help:"Address where the cloud takes bounces by SMTP itself." placeholder:"HOST:PORT"`
	SMS              string  `name:"sms-config" help:"File that says how SMS leave (YAML). Default: none do; without a mail server they are kept for the console to show." type:"path" placeholder:"FILE"`
	Webhook          string  `name:"webhook" help:"Who reports at /hooks/mail what became of mails: ${enum}." enum:"signed,mailgun,sendgrid" default:"signed"`
	WebhookSecret    string  `name:"webhook-secret-file" help:"File with the secret (for SendGrid: the key) that such reports are signed with. Default: none are taken." type:"path" placeholder:"FILE"`
}

// smtp returns the mail server to use; nil is none.
func (f mailFlags) smtp(seal notify.Seal) (*notify.SMTP, error) {
	if f.SMTP == "" {
		return nil, nil
	}
	password, err := readSecret(f.SMTPPassword)
	if err != nil {
		return nil, fmt.Errorf("--smtp-password-file: %w", err)
	}
	s, err := notify.ParseSMTP(f.SMTP, password)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url: %w", err)
	}
	if s.FromName, s.From, err = notify.ParseFrom(f.From); err != nil {
		return nil, fmt.Errorf("--mail-from: %w", err)
	}
	if f.SMTPAuthorities != "" {
		if s.Roots, err = notify.ReadRoots(f.SMTPAuthorities); err != nil {
			return nil, fmt.Errorf("--smtp-ca: %w", err)
		}
	}
	s.ReplyTo, s.Bounces, s.Seal = f.ReplyTo, f.Bounces, seal
	return notify.NewSMTP(s)
}

// mailProvider is what mails that left by SMTP are said to have left by.
const mailProvider = "smtp"

// hooks returns who may call back, by the path below /hooks/.
func (f mailFlags) hooks(seal notify.Seal, bounces *notify.Bounces, sms notify.SMSSettings, report notify.Reporter, now func() time.Time, log *slog.Logger) (map[string]http.Handler, error) {
	all := map[string]http.Handler{}
	webhooks := notify.NewWebhooks(report, now, log)
	if sms.Provider == "twilio" && sms.Callback != "" {
		all["sms"] = webhooks.Handler("sms", notify.NewTwilio(sms.Provider, sms.Values["token"], sms.Callback))
	}
	if f.WebhookSecret == "" {
		return all, nil
	}
	secret, err := notify.ReadSecret(f.WebhookSecret)
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %w", err)
	}
	var mail notify.Hook
	switch f.Webhook {
	case "mailgun":
		mail = notify.NewMailgun(mailProvider, secret, seal)
	case "sendgrid":
		mail, err = notify.NewSendGrid(mailProvider, secret.Reveal(), seal)
	default:
		if mail, err = notify.NewSigned(mailProvider, secret, bounces); err == nil && f.SMS != "" && all["sms"] == nil {
			var hook *notify.Signed
			if hook, err = notify.NewSigned(sms.Provider, secret, nil); err == nil {
				all["sms"] = webhooks.Handler("sms", hook)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %w", err)
	}
	all["mail"] = webhooks.Handler("mail", mail)
	return all, nil
}

// imap returns the mailbox that bounces are fetched from; nil is none.
func (f mailFlags) imap(b *notify.Bounces, report notify.Reporter, log *slog.Logger) (*notify.IMAP, error) {
	if f.BounceIMAP == "" {
		return nil, nil
	}
	password, err := readSecret(f.BounceIMAPSecret)
	if err != nil {
		return nil, fmt.Errorf("--bounce-imap-password-file: %w", err)
	}
	s, err := notify.ParseIMAP(f.BounceIMAP, password)
	if err != nil {
		return nil, fmt.Errorf("--bounce-imap-url: %w", err)
	}
	return notify.NewIMAP(s, b, report, log), nil
}

var errNoMail = errors.New("it needs --smtp-url")

// check tells what is set for nothing.
func (f mailFlags) check() error {
	if f.SMTP != "" {
		return nil
	}
	for flag, value := range map[string]string{"bounce-address": f.Bounces, "bounce-imap-url": f.BounceIMAP, "bounce-listen": f.BounceListen} {
		if value != "" {
			return fmt.Errorf("--%s: %w", flag, errNoMail)
		}
	}
	return nil
}

func readSecret(path string) (notify.Secret, error) {
	if path == "" {
		return notify.Secret{}, nil
	}
	return notify.ReadSecret(path)
}
