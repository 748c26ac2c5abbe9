#include "sink/letter_text.h"

#include "aws/base64.h"
#include "aws/json.h"

/* The content without the newline that ends a line. */
static struct slice without_newline(struct slice content)
{
    if (content.length > 0 && content.at[content.length - 1] == '\n') {
        content.length--;
    }
    return content;
}

/* The well-formed characters of UTF-8 by their first byte (RFC 3629, section 4): no longer form than needed,
 * no surrogates, nothing above U+10FFFF. Control characters are left out. */
struct character_form {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    unsigned char length;
};

static const struct character_form character_forms[] = {
    {0x20, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool has_form(const struct character_form *form, const unsigned char *at, size_t left)
{
    if (at[0] < form->first_low || at[0] > form->first_high || left < form->length) {
        return false;
    }
    if (form->length > 1 && (at[1] < form->second_low || at[1] > form->second_high)) {
        return false;
    }
    for (size_t i = 2; i < form->length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* The length of the character at `at`, or 0 when it has none of the forms. */
static size_t character_length(const unsigned char *at, size_t left)
{
    for (size_t i = 0; i < sizeof character_forms / sizeof character_forms[0]; i++) {
        if (has_form(&character_forms[i], at, left)) {
            return character_forms[i].length;
        }
    }
    return 0;
}

static bool is_printable_utf8(struct slice text)
{
    for (size_t i = 0; i < text.length;) {
        size_t length = character_length((const unsigned char *)text.at + i, text.length - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static bool is_json_object(struct slice content)
{
    if (content.length == 0 || content.at[0] != '{' || !is_printable_utf8(content)) {
        return false;
    }
    cJSON *tree = NULL;
    struct status status = json_parse(content, &tree);
    if (!status_is_ok(&status)) {
        return false;
    }
    bool is_object = cJSON_IsObject(tree);
    cJSON_Delete(tree);
    return is_object;
}

static struct status append_base64(struct bytes *target, struct slice content)
{
    size_t length = base64_length(content.length);
    TRY(bytes_reserve(target, length));
    base64_encode((const unsigned char *)content.at, content.length, target->at + target->length);
    target->length += length;
    return status_ok();
}

static struct status append_content(struct bytes *target, const struct dead_letter *letter)
{
    struct slice bare = without_newline(letter->content);
    if (is_json_object(bare)) {
        TRY(bytes_append_text(target, ",\"content\":"));
        return bytes_append_slice(target, bare);
    }
    TRY(bytes_append_text(target, ",\"content_base64\":\""));
    TRY(append_base64(target, letter->content));
    return bytes_append_text(target, "\"");
}

static struct status append_member(struct bytes *target, const char *name, struct slice text)
{
    TRY(bytes_append_format(target, ",\"%s\":", name));
    return json_append_string(target, text);
}

struct status letter_text_append(struct bytes *target, const struct dead_letter *letter, const char *worker,
                                 int64_t wall_ms)
{
    char now[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, now);
    TRY(bytes_append_format(target, "{\"v\":1,\"ts\":\"%s\"", now));
    TRY(append_member(target, "worker", slice_of_text(worker)));
    TRY(append_member(target, "reason", slice_of_text(letter->reason)));
    TRY(append_member(target, "shard", slice_of_text(letter->shard)));
    if (letter->sequence_number.length == 0) {
        TRY(bytes_append_text(target, ",\"seq\":null"));
    } else {
        TRY(append_member(target, "seq", letter->sequence_number));
    }
    TRY(bytes_append_format(target, ",\"attempts\":%u,\"kind\":\"%s\"", letter->attempts,
                            letter->is_line ? "line" : "record"));
    TRY(append_content(target, letter));
    return bytes_append_text(target, "}\n");
}
