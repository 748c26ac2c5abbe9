#include "aws/put_reply.h"

enum { DEPTH_CEILING = 16 };

struct scanner {
    const char *at;
    const char *end;
};

/* What is known of the whole reply so far. */
struct outcome {
    const struct put_reply_names *names;
    enum put_verdict *verdicts;
    size_t count; /* expected */
    size_t seen;
    size_t failed;
    int64_t announced; /* the count of failures, below 0: not said */
    struct slice first_code;
};

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end &&
           (*scanner->at == ' ' || *scanner->at == '\t' || *scanner->at == '\n' || *scanner->at == '\r')) {
        scanner->at++;
    }
}

static bool take(struct scanner *scanner, char c)
{
    skip_blanks(scanner);
    if (scanner->at == scanner->end || *scanner->at != c) {
        return false;
    }
    scanner->at++;
    return true;
}

static char peek(struct scanner *scanner)
{
    skip_blanks(scanner);
    return scanner->at == scanner->end ? '\0' : *scanner->at;
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_escape(char c)
{
    static const char letters[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u'};
    return memchr(letters, c, sizeof letters) != NULL;
}

/* Passes over the escape at the scanner; false when JSON (RFC 8259) has none such. */
static bool skip_escape(struct scanner *scanner)
{
    size_t left = (size_t)(scanner->end - scanner->at);
    if (left < 2 || !is_escape(scanner->at[1])) {
        return false;
    }
    size_t length = scanner->at[1] == 'u' ? 6 : 2;
    for (size_t i = 2; i < length; i++) {
        if (i >= left || !is_hex_digit(scanner->at[i])) {
            return false;
        }
    }
    scanner->at += length;
    return true;
}

/* A string's raw text, escapes as they are. */
static bool take_string(struct scanner *scanner, struct slice *ret_text)
{
    if (!take(scanner, '"')) {
        return false;
    }
    const char *start = scanner->at;
    while (scanner->at < scanner->end && *scanner->at != '"' && (unsigned char)*scanner->at >= ' ') {
        if (*scanner->at != '\\') {
            scanner->at++;
        } else if (!skip_escape(scanner)) {
            return false;
        }
    }
    if (scanner->at >= scanner->end || *scanner->at != '"') {
        return false;
    }
    *ret_text = slice_of(start, (size_t)(scanner->at - start));
    scanner->at++;
    return true;
}

/* A number, true, false or null. */
static bool take_word(struct scanner *scanner, struct slice *ret_word)
{
    skip_blanks(scanner);
    const char *start = scanner->at;
    while (scanner->at < scanner->end &&
           (((unsigned)*scanner->at | 32u) - 'a' < 26u || (unsigned)*scanner->at - '0' < 10u ||
            *scanner->at == '-' || *scanner->at == '+' || *scanner->at == '.')) {
        scanner->at++;
    }
    struct slice word = slice_of(start, (size_t)(scanner->at - start));
    *ret_word = word;
    bool number = word.length > 0 && (word.at[0] == '-' || (unsigned)word.at[0] - '0' < 10u);
    return number || slice_equals_text(word, "true") || slice_equals_text(word, "false") ||
           slice_equals_text(word, "null");
}

static bool skip_value(struct scanner *scanner, int depth);

/* The next member's name, with the scanner before its value; false at the end or when malformed, told apart
 * by *ret_ok. `first` is cleared. Names with escapes are none that AWS uses: malformed. */
static bool next_member(struct scanner *scanner, bool *first, struct slice *ret_name, bool *ret_ok)
{
    if (take(scanner, '}')) {
        return false;
    }
    *ret_ok = (*first || take(scanner, ',')) && take_string(scanner, ret_name) && take(scanner, ':') &&
              memchr(ret_name->at, '\\', ret_name->length) == NULL;
    *first = false;
    return *ret_ok;
}

static bool skip_object(struct scanner *scanner, int depth)
{
    bool ok = true;
    bool first = true;
    struct slice name;
    while (next_member(scanner, &first, &name, &ok)) {
        if (!skip_value(scanner, depth)) {
            return false;
        }
    }
    return ok;
}

static bool skip_array(struct scanner *scanner, int depth)
{
    if (take(scanner, ']')) {
        return true;
    }
    do {
        if (!skip_value(scanner, depth)) {
            return false;
        }
    } while (take(scanner, ','));
    return take(scanner, ']');
}

static bool skip_value(struct scanner *scanner, int depth)
{
    struct slice text;
    if (depth >= DEPTH_CEILING) {
        return false;
    }
    switch (peek(scanner)) {
    case '{':
        return take(scanner, '{') && skip_object(scanner, depth + 1);
    case '[':
        return take(scanner, '[') && skip_array(scanner, depth + 1);
    case '"':
        return take_string(scanner, &text);
    default:
        return take_word(scanner, &text);
    }
}

/* A string's text; empty for null; false for anything else. */
static bool take_text_or_null(struct scanner *scanner, struct slice *ret_text)
{
    if (peek(scanner) == '"') {
        return take_string(scanner, ret_text);
    }
    struct slice word;
    *ret_text = slice_of(NULL, 0);
    return take_word(scanner, &word) && slice_equals_text(word, "null");
}

/* The entry of one record. */
static bool take_entry(struct scanner *scanner, struct outcome *outcome)
{
    bool ok = true;
    bool first = true;
    struct slice name;
    struct slice code = {NULL, 0};
    struct slice id = {NULL, 0};
    if (!take(scanner, '{')) {
        return false;
    }
    while (next_member(scanner, &first, &name, &ok)) {
        bool fine = slice_equals_text(name, "ErrorCode")          ? take_text_or_null(scanner, &code)
                    : slice_equals_text(name, outcome->names->id) ? take_text_or_null(scanner, &id)
                                                                  : skip_value(scanner, 1);
        if (!fine) {
            return false;
        }
    }
    if (!ok || outcome->seen == outcome->count) {
        return false;
    }
    bool accepted = code.length == 0 && id.length > 0;
    outcome->verdicts[outcome->seen++] = accepted ? PUT_ACCEPTED : PUT_FAILED;
    outcome->failed += accepted ? 0 : 1;
    if (outcome->first_code.length == 0) {
        outcome->first_code = code;
    }
    return true;
}

static bool take_entries(struct scanner *scanner, struct outcome *outcome)
{
    if (!take(scanner, '[')) {
        return false;
    }
    if (take(scanner, ']')) {
        return true;
    }
    do {
        if (!take_entry(scanner, outcome)) {
            return false;
        }
    } while (take(scanner, ','));
    return take(scanner, ']');
}

static bool take_reply(struct scanner *scanner, struct outcome *outcome)
{
    bool ok = true;
    bool first = true;
    struct slice name;
    if (!take(scanner, '{')) {
        return false;
    }
    while (next_member(scanner, &first, &name, &ok)) {
        struct slice word;
        bool fine = slice_equals_text(name, outcome->names->entries) ? take_entries(scanner, outcome)
                    : slice_equals_text(name, outcome->names->failed)
                        ? take_word(scanner, &word) && slice_parse_int64(word, &outcome->announced)
                        : skip_value(scanner, 1);
        if (!fine) {
            return false;
        }
    }
    return ok && peek(scanner) == '\0' && scanner->at == scanner->end;
}

struct status put_reply_parse(struct slice body, const struct put_reply_names *names, size_t count,
                              enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
{
    struct outcome outcome = {.names = names, .verdicts = verdicts, .count = count, .announced = -1};
    struct scanner scanner = {body.at, body.at + body.length};
    if (body.length == 0 || !take_reply(&scanner, &outcome)) {
        return status_make(STATUS_CORRUPT, "%s: the reply is malformed at byte %zu of %zu", names->operation,
                           body.length == 0 ? 0 : (size_t)(scanner.at - body.at), body.length);
    }
    if (outcome.seen != count || outcome.announced != (int64_t)outcome.failed) {
        return status_make(STATUS_CORRUPT,
                           "%s: the reply tells of %zu records and %lld failures, %zu of them "
                           "seen, for %zu records sent",
                           names->operation, outcome.seen, (long long)outcome.announced, outcome.failed,
                           count);
    }
    size_t length = outcome.first_code.length;
    length = length < AWS_ERROR_CODE_BYTES ? length : AWS_ERROR_CODE_BYTES - 1;
    if (length > 0) {
        memcpy(ret_error_code, outcome.first_code.at, length);
    }
    ret_error_code[length] = '\0';
    return status_ok();
}
