/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/http_items.h"

static bool
is_token(char c)
{
	const struct http_text text = { &c, 1 };

	return http_text_is_token(&text);
}

/* RFC 9110, section 11.2, but for the '=' at the end. */
static bool
is_token68(char c)
{
	return c == '/' || (is_token(c) && strchr("!#$%&'*^`|", c) == NULL);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Elements of a list may be empty (RFC 9110, section 5.6.1.2). */
static bool
is_separator(char c)
{
	return is_blank(c) || c == ',';
}

void
http_items_begin(struct http_items *items, const char *value, size_t n)
{
	items->at = value;
	items->end = value + n;
	items->last = HTTP_ITEM_END;
	items->in_scheme = false;
	items->unquoted_n = 0;
}

/* Pass over all that are such characters. */
static struct http_text
items_take(struct http_items *items, bool (*is)(char))
{
	struct http_text text = { items->at, 0 };

	while (items->at < items->end && is(*items->at))
		items->at++;
	text.n = (size_t)(items->at - text.at);
	return text;
}

static bool
items_is_next(const struct http_items *items, char c)
{
	return items->at < items->end && *items->at == c;
}

/* Here an element of a list ends. */
static bool
items_at_end(const struct http_items *items)
{
	return items->at == items->end || *items->at == ',';
}

/* What is quoted there has a backslash at `first': take it without. */
static bool
items_unquote(struct http_items *items, struct http_text *value)
{
	char *to = items->unquoted + items->unquoted_n;
	char *room = items->unquoted + sizeof(items->unquoted);
	size_t i;

	if (value->n > (size_t)(room - to))
		return false;
	for (i = 0; i < value->n; i++) {
		if (value->at[i] == '\\')
			i++;
		*to++ = value->at[i];
	}
	value->at = items->unquoted + items->unquoted_n;
	value->n = (size_t)(to - value->at);
	items->unquoted_n += value->n;
	return true;
}

/* Control characters but tabs. */
static bool
is_forbidden(char c)
{
	const struct http_text text = { &c, 1 };

	return c != '\t' && http_text_has_control(text);
}

/* A quoted string behind its first quote (RFC 9110, section 5.6.4). */
static bool
items_quoted(struct http_items *items, struct http_text *value)
{
	bool escapes = false;

	value->at = items->at;
	for (; items->at < items->end && *items->at != '"'; items->at++) {
		if (*items->at == '\\') {
			escapes = true;
			items->at++;
		}
		if (items->at == items->end || is_forbidden(*items->at))
			return false;
	}
	if (items->at == items->end)
		return false;
	value->n = (size_t)(items->at++ - value->at);
	return !escapes || items_unquote(items, value);
}

/* What is behind a name and the blanks behind that: '=' and a value.  False:
 * it is not, and something else may be. */
static bool
items_param(struct http_items *items, struct http_text *value)
{
	if (!items_is_next(items, '='))
		return false;
	items->at++;
	items_take(items, is_blank);
	if (items_is_next(items, '"')) {
		items->at++;
		if (!items_quoted(items, value))
			return false;
	} else {
		*value = items_take(items, is_token);
		if (value->n == 0)
			return false;
	}
	items_take(items, is_blank);
	return items_at_end(items);
}

static enum http_item_kind
items_token68(struct http_items *items, struct http_item *item)
{
	item->value = items_take(items, is_token68);
	if (item->value.n == 0)
		return HTTP_ITEM_MALFORMED;
	while (items_is_next(items, '='))
		items->at++;
	item->value.n = (size_t)(items->at - item->value.at);
	items_take(items, is_blank);
	return items_at_end(items) ? HTTP_ITEM_TOKEN68 : HTTP_ITEM_MALFORMED;
}

/* A parameter, or what stands in the place of all. */
static enum http_item_kind
items_behind_scheme(struct http_items *items, struct http_item *item)
{
	const char *start = items->at;

	item->name = items_take(items, is_token);
	items_take(items, is_blank);
	if (item->name.n > 0 && items_param(items, &item->value))
		return HTTP_ITEM_PARAM;
	items->at = start;
	return items_token68(items, item);
}

/* A parameter of the same scheme, or the next one. */
static enum http_item_kind
items_behind_comma(struct http_items *items, struct http_item *item)
{
	const char *behind;

	item->name = items_take(items, is_token);
	if (item->name.n == 0)
		return HTTP_ITEM_MALFORMED;
	behind = items->at;
	items_take(items, is_blank);
	if (items->in_scheme && items_is_next(items, '='))
		return items_param(items, &item->value) ? HTTP_ITEM_PARAM :
		    HTTP_ITEM_MALFORMED;
	if (!items_at_end(items) && items->at == behind)
		return HTTP_ITEM_MALFORMED;
	items->in_scheme = true;
	return HTTP_ITEM_SCHEME;
}

enum http_item_kind
http_items_next(struct http_items *items, struct http_item *item)
{
	memset(item, 0, sizeof(*item));
	if (items->last == HTTP_ITEM_MALFORMED)
		return HTTP_ITEM_MALFORMED;
	if (items->last == HTTP_ITEM_SCHEME && !items_at_end(items)) {
		items->last = items_behind_scheme(items, item);
		return items->last;
	}
	items_take(items, is_separator);
	if (items->at == items->end)
		return HTTP_ITEM_END;
	items->last = items_behind_comma(items, item);
	return items->last;
}
