package console

import (
	"context"
	"net/http"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Operators are those who run the cloud, and what they may do. They are known by a
// session of their own: nobody is a user of an organisation and an operator by the
// same sign-in, and neither reaches the other's pages.
type Operators interface {
	Operator(ctx context.Context, id access.OperatorID) (access.Operator, error)
	AuthenticateOperator(ctx context.Context, email, password string) (access.Operator, error)
	OperatorLink(ctx context.Context, secret string) (access.Operator, error)
	ChooseOperatorPassword(ctx context.Context, secret, password string) (access.Operator, error)

	Tenants(ctx context.Context, op access.Operator, q invite.TenantQuery) (invite.TenantPage, error)
	Tenant(ctx context.Context, op access.Operator, org attendance.OrgID) (invite.Tenant, error)
	TenantLog(ctx context.Context, op access.Operator, org attendance.OrgID, limit int) ([]access.AuditEntry, error)
	PlanLicence(ctx context.Context, op access.Operator, org attendance.OrgID, to invite.Licence) (invite.LicencePlan, error)
	GiveLicence(ctx context.Context, op access.Operator, org attendance.OrgID, l invite.Licence) error
	Found(ctx context.Context, op access.Operator, name string, admin access.User, l invite.Licence) (access.User, string, error)
}

// An operator's session ends sooner than anybody else's.
const (
	deskIdle = time.Hour
	deskLife = 12 * time.Hour
)

// keyOperator is what an operator's session holds: access.OperatorID.
const keyOperator = "operator"

// operatorRoutes are the pages of those who run the cloud.
func (c *console) operatorRoutes(mux *http.ServeMux) {
	open := func(pattern string, p page) { mux.Handle(pattern, c.desk.LoadAndSave(c.counter(p))) }
	own := func(pattern string, p page) { mux.Handle(pattern, c.desk.LoadAndSave(c.counter(c.operating(p)))) }

	open("GET /operator/login", (*visit).operatorLogin)
	open("POST /operator/login", (*visit).operatorLogIn)
	open("POST /operator/logout", (*visit).operatorLogOut)
	open("GET /operator/password", (*visit).operatorPassword)
	open("POST /operator/password", (*visit).chooseOperatorPassword)
	own("GET /operator", (*visit).tenants)
	own("GET /operator/new", (*visit).newTenant)
	own("POST /operator/new", (*visit).addTenant)
	own("GET /operator/organisations/{id}", (*visit).tenant)
	own("POST /operator/organisations/{id}/review", (*visit).reviewLicence)
	own("POST /operator/organisations/{id}/licence", (*visit).giveLicence)
	open("/operator/", func(*visit) error { return access.ErrNotFound })
}

// counter makes a handler of a page of operators, with their session.
func (c *console) counter(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := c.visit(w, r)
		v.atDesk = true
		if err := p(v); err != nil {
			v.fail(err)
		}
	})
}

// operating makes a page of one for operators only.
func (c *console) operating(p page) page {
	return func(v *visit) error {
		op, ok, err := v.operatorHere()
		if err != nil {
			return err
		}
		if !ok {
			v.goTo("/operator/login")
			return nil
		}
		v.op = op
		v.op.Origin = access.Origin{Via: access.ViaOperator, Address: v.address(v.r)}
		if lang, ok := v.texts.In(op.Language); ok {
			v.text = lang
		}
		return p(v)
	}
}

// operatorHere returns whose session it is. The store is asked each time: somebody
// who was removed, or whose password was chosen anew, is out at once.
func (v *visit) operatorHere() (op access.Operator, ok bool, err error) {
	id := v.desk.GetString(v.r.Context(), keyOperator)
	if id == "" {
		return op, false, nil
	}
	op, err = v.operators.Operator(v.r.Context(), access.OperatorID(id))
	if isNotFound(err) {
		return access.Operator{}, false, nil
	}
	if err != nil {
		return access.Operator{}, false, err
	}
	if op.PasswordSet.After(time.UnixMicro(v.desk.GetInt64(v.r.Context(), keySince))) {
		return access.Operator{}, false, nil
	}
	return op, true, nil
}

func (v *visit) beginOperating(op access.Operator) error {
	if err := v.desk.RenewToken(v.r.Context()); err != nil {
		return err
	}
	v.desk.Put(v.r.Context(), keyOperator, string(op.ID))
	v.desk.Put(v.r.Context(), keySince, op.PasswordSet.UnixMicro())
	return nil
}

func (v *visit) operatorLogin() error {
	if v.chooseLanguage() {
		return nil
	}
	if _, ok, err := v.operatorHere(); err != nil {
		return err
	} else if ok {
		v.goTo("/operator")
		return nil
	}
	return v.show(http.StatusOK, "door", "operator-login", "", loginPage{form: newForm()})
}

func (v *visit) operatorLogIn() error {
	return v.enter("operator-login", func(f *form) error {
		op, err := v.operators.AuthenticateOperator(v.r.Context(), f.Get("email"), f.Raw("password"))
		if err != nil {
			return err
		}
		if err := v.beginOperating(op); err != nil {
			return err
		}
		v.goTo("/operator")
		return nil
	})
}

func (v *visit) operatorLogOut() error {
	if err := v.desk.Destroy(v.r.Context()); err != nil {
		return err
	}
	v.goTo("/operator/login")
	return nil
}

func (v *visit) operatorDoor() passwordDoor {
	return passwordDoor{
		"/operator/password",
		func(token string) (string, string, error) {
			op, err := v.operators.OperatorLink(v.r.Context(), token)
			return op.Email, op.Language, err
		},
		func(token, password string) (func() error, error) {
			op, err := v.operators.ChooseOperatorPassword(v.r.Context(), token, password)
			return func() error {
				if err := v.beginOperating(op); err != nil {
					return err
				}
				v.desk.Put(v.r.Context(), keyFlash, "password.done")
				v.goTo("/operator")
				return nil
			}, err
		},
	}
}

func (v *visit) operatorPassword() error       { return v.showDoor(v.operatorDoor()) }
func (v *visit) chooseOperatorPassword() error { return v.enterDoor(v.operatorDoor()) }
