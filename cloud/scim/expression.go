package scim

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// holds tells whether an expression is true of a value.
func holds(e filter.Expression, v object) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.OR {
			return holds(e.Left, v) || holds(e.Right, v)
		}
		return holds(e.Left, v) && holds(e.Right, v)
	case *filter.NotExpression:
		return !holds(e.Expression, v)
	case *filter.AttributeExpression:
		have, there := v[strings.ToLower(e.AttributePath.AttributeName)]
		if e.Operator == filter.PR {
			return there && have != nil
		}
		a, b := plain(have), plain(compared(e))
		switch e.Operator {
		case filter.EQ:
			return there && a == b
		case filter.NE:
			return a != b
		case filter.CO:
			return there && strings.Contains(a, b)
		case filter.SW:
			return there && strings.HasPrefix(a, b)
		case filter.EW:
			return there && strings.HasSuffix(a, b)
		}
	}
	return false
}

// like makes a value of which an expression is true, where the expression says so: it
// names what it has, with eq.
func like(e filter.Expression, v object) bool {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		return e.Operator == filter.AND && like(e.Left, v) && like(e.Right, v)
	case *filter.AttributeExpression:
		if e.Operator != filter.EQ {
			return false
		}
		v[strings.ToLower(e.AttributePath.AttributeName)] = compared(e)
		return true
	}
	return false
}

func compared(e *filter.AttributeExpression) any {
	if s, ok := operand(e.CompareValue); ok {
		return s
	}
	return e.CompareValue
}

// plain is how values are compared: "True" is true, and case means nothing.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.ToLower(v)
	case json.Number:
		return v.String()
	}
	return strings.ToLower(fmt.Sprint(v))
}
