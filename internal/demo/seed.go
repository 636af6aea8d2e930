package demo

import (
	"context"
	"fmt"
	"net/http"

	"muster/internal/stage"
)

// people are the employees of the made-up organisation; card is the name of the
// card in the simulator's box that is theirs from the start. Chen has none and
// gets one by tapping it, which is part of what there is to try. Dora has no
// address, so an invitation can only be handed to her.
var people = []struct {
	first, last, language, email, card string
	lost                               bool // the card was reported lost
}{
	{"Anna", "Berger", "de", "anna@demo.example", "anna", false},
	{"Boris", "Petrow", "ru", "boris@demo.example", "boris", false},
	{"Chen", "Wei", "en", "chen@demo.example", "", false},
	{"Dora", "Klein", "de", "", "dora", true},
	{"Maximiliana-Theodora", "von Hohenlohe-Schillingsfürst", "de", "maximiliana-theodora@demo.example", "", false},
	{"Ольга", "Кузнецова", "ru", "olga@demo.example", "", false},
}

// seed fills an empty cloud through its public API, as an integration would.
func (s *show) seed(ctx context.Context) error {
	api := &stage.API{Base: s.address.HTTP}
	var setUp struct {
		Token string `json:"token"`
	}
	err := api.Do(ctx, http.MethodPost, "/api/v1/setup", map[string]any{
		"token": s.address.SetUpToken(), "organisation": "Nordlicht Tools", "email": s.plan.Email,
		"name": "Demo Admin", "password": s.plan.Password, "language": "en",
	}, &setUp)
	if err != nil {
		return err
	}
	api.Token = setUp.Token
	var site struct {
		ID string `json:"id"`
	}
	err = api.Do(ctx, http.MethodPost, "/api/v1/sites", map[string]any{
		"name": "Werk Nord", "time_zone": "Europe/Berlin", "language": "en",
	}, &site)
	if err != nil {
		return err
	}
	cards, err := s.cards(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		var employee struct {
			ID     string `json:"id"`
			Number string `json:"number"`
		}
		err := api.Do(ctx, http.MethodPost, "/api/v1/employees", map[string]any{
			"first_name": p.first, "last_name": p.last, "language": p.language, "email": p.email, "sites": []string{site.ID},
		}, &employee)
		if err != nil {
			return fmt.Errorf("%s %s: %w", p.first, p.last, err)
		}
		if err := giveCard(ctx, api, employee.ID, cards[p.card], p.lost); err != nil {
			return fmt.Errorf("card of %s %s: %w", p.first, p.last, err)
		}
		if p.first == manager {
			if err := makeManager(ctx, api, site.ID, p.email, p.first+" "+p.last, employee.Number); err != nil {
				return fmt.Errorf("account of %s %s: %w", p.first, p.last, err)
			}
		}
	}
	return nil
}

// manager is the first name of whoever manages the site: the card opens the page of
// invites at the kiosk.
const manager = "Boris"

func makeManager(ctx context.Context, api *stage.API, site, email, name, number string) error {
	return api.Do(ctx, http.MethodPost, "/api/v1/users", map[string]any{
		"email": email, "name": name, "role": "site-manager", "sites": []string{site}, "language": "ru", "number": number,
	}, nil)
}

// giveCard assigns a card by its UID, if there is one, and blocks a lost one.
func giveCard(ctx context.Context, api *stage.API, employee, uid string, lost bool) error {
	if uid == "" {
		return nil
	}
	path := "/api/v1/employees/" + employee
	if err := api.Do(ctx, http.MethodPost, path+"/cards", map[string]any{"uid": uid}, nil); err != nil || !lost {
		return err
	}
	var member struct {
		Cards []struct {
			ID string `json:"id"`
		} `json:"cards"`
	}
	if err := api.Do(ctx, http.MethodGet, path, nil, &member); err != nil {
		return err
	}
	for _, c := range member.Cards {
		if err := api.Do(ctx, http.MethodPatch, path+"/cards/"+c.ID, map[string]any{"blocked": true}, nil); err != nil {
			return err
		}
	}
	return nil
}

// cards lists the simulator's cards: name to UID in hexadecimal digits.
func (s *show) cards(ctx context.Context) (map[string]string, error) {
	cards := map[string]string{}
	if s.reader == nil {
		return cards, nil
	}
	var box []struct {
		Name string `json:"name"`
		UID  string `json:"uid"`
	}
	if err := (&stage.API{Base: s.reader.HTTP}).Do(ctx, http.MethodGet, "/api/cards", nil, &box); err != nil {
		return nil, err
	}
	for _, c := range box {
		cards[c.Name] = c.UID
	}
	return cards, nil
}
