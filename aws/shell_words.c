#include "aws/shell_words.h"

#include <stdlib.h>

/* Where the splitter stands. */
struct splitter {
    struct shell_words words;
    char *end; /* where the next byte of a word goes */
    char quote; /* 0, '\'' or '"' */
    bool in_word;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool word_begin(struct splitter *splitter)
{
    if (splitter->in_word) {
        return true;
    }
    if (splitter->words.count == SHELL_WORDS_COUNT) {
        return false;
    }
    splitter->words.at[splitter->words.count++] = splitter->end;
    splitter->in_word = true;
    return true;
}

static void word_end(struct splitter *splitter)
{
    if (splitter->in_word) {
        *splitter->end++ = '\0';
        splitter->in_word = false;
    }
}

/* Takes what a backslash at line[*index] means; false when nothing follows it. */
static bool take_escape(struct splitter *splitter, struct slice line, size_t *index)
{
    if (*index + 1 == line.length) {
        return false;
    }
    char next = line.at[++*index];
    if (splitter->quote == '"' && next != '"' && next != '\\') {
        *splitter->end++ = '\\';
    }
    *splitter->end++ = next;
    return true;
}

/* One character; NULL, or what is wrong with it. */
static const char *take(struct splitter *splitter, struct slice line, size_t *index)
{
    char c = line.at[*index];
    if (c == '\0') {
        return "a NUL byte";
    }
    if (splitter->quote == 0 && is_blank(c)) {
        word_end(splitter);
        return NULL;
    }
    if (!word_begin(splitter)) {
        return "too many words";
    }
    if (c == splitter->quote) {
        splitter->quote = 0;
    } else if (splitter->quote == 0 && (c == '\'' || c == '"')) {
        splitter->quote = c;
    } else if (c == '\\' && splitter->quote != '\'') {
        return take_escape(splitter, line, index) ? NULL : "a '\\' at its end";
    } else {
        *splitter->end++ = c;
    }
    return NULL;
}

struct status shell_words_split(struct slice line, struct shell_words *ret_words)
{
    if (line.length > SHELL_WORDS_BYTES) {
        return status_make(STATUS_INVALID, "the line has %zu bytes; %d is the most", line.length,
                           SHELL_WORDS_BYTES);
    }
    /* Every word is at most as long as its source, and is followed by a blank there, or by the end. */
    char *text = malloc(line.length + 1);
    if (text == NULL) {
        return status_no_memory("the words of a line", line.length + 1);
    }
    struct splitter splitter = {.words.text = text, .end = text};
    const char *wrong = NULL;
    for (size_t i = 0; i < line.length && wrong == NULL; i++) {
        wrong = take(&splitter, line, &i);
    }
    if (wrong == NULL && splitter.quote != 0) {
        wrong = "a quote that is never closed";
    }
    if (wrong != NULL) {
        free(text);
        return status_make(STATUS_INVALID, "the line has %s", wrong);
    }
    word_end(&splitter);
    *ret_words = splitter.words;
    return status_ok();
}

void shell_words_free(struct shell_words *words)
{
    free(words->text);
    *words = (struct shell_words){0};
}
