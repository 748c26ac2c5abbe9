#include "aws/xml.h"

#include <stdio.h>
#include <stdlib.h>

enum { XML_TAG_BYTES = 64, XML_ENTITY_BYTES = 8 };

struct slice xml_text(struct slice document, const char *tag)
{
    char open[XML_TAG_BYTES];
    char close[XML_TAG_BYTES];
    int open_length = snprintf(open, sizeof open, "<%s>", tag);
    int close_length = snprintf(close, sizeof close, "</%s>", tag);
    if (close_length >= XML_TAG_BYTES || document.length == 0) {
        return slice_of(NULL, 0);
    }
    const char *start = memmem(document.at, document.length, open, (size_t)open_length);
    if (start == NULL) {
        return slice_of(NULL, 0);
    }
    start += open_length;
    size_t left = document.length - (size_t)(start - document.at);
    const char *end = memmem(start, left, close, (size_t)close_length);
    return end == NULL ? slice_of(NULL, 0) : slice_of(start, (size_t)(end - start));
}

/* The character of "&#65;" or "&#x41;" at the start of `text`, and how long it is; 0 when it is none below
 * 128. */
static size_t decode_number(struct slice text, char *ret_char)
{
    const char *end = memchr(text.at, ';', text.length < XML_ENTITY_BYTES ? text.length : XML_ENTITY_BYTES);
    if (!slice_starts_with(text, "&#") || end == NULL) {
        return 0;
    }
    char digits[XML_ENTITY_BYTES];
    bool hex = text.at[2] == 'x';
    const char *first = text.at + (hex ? 3 : 2);
    if (first >= end || !slice_copy_text(slice_of(first, (size_t)(end - first)), digits, sizeof digits)) {
        return 0;
    }
    char *stop = NULL;
    long value = strtol(digits, &stop, hex ? 16 : 10);
    if (*stop != '\0' || value <= 0 || value > 127) {
        return 0;
    }
    *ret_char = (char)value;
    return (size_t)(end - text.at) + 1;
}

/* The same for the five entities that have names, too. */
static size_t decode_entity(struct slice text, char *ret_char)
{
    static const struct {
        const char *name;
        char value;
    } entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (slice_starts_with(text, entities[i].name)) {
            *ret_char = entities[i].value;
            return strlen(entities[i].name);
        }
    }
    return decode_number(text, ret_char);
}

bool xml_copy_text(struct slice document, const char *tag, char *target, size_t size)
{
    struct slice text = xml_text(document, tag);
    size_t length = 0;
    bool fits = text.at != NULL && size > 0;
    while (fits && text.length > 0) {
        char c = text.at[0];
        size_t step = c == '&' ? decode_entity(text, &c) : 1;
        step = step == 0 ? 1 : step; /* a lone '&' stands for itself */
        fits = length + 1 < size;
        if (fits) {
            target[length++] = c;
            text = slice_of(text.at + step, text.length - step);
        }
    }
    if (size > 0) {
        target[fits ? length : 0] = '\0';
    }
    return fits;
}
