/* Tokens and document paths of expressions; private to expression_*.c. */
#ifndef PENSTOCK_FAULTD_EXPRESSION_LEXER_H
#define PENSTOCK_FAULTD_EXPRESSION_LEXER_H

#include "tests/support/faultd/expression.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD, /* attribute name, keyword or function */
    TOKEN_NAME, /* #n */
    TOKEN_VALUE, /* :v */
    TOKEN_NUMBER, /* a list index */
    TOKEN_SYMBOL, /* = <> < <= > >= ( ) , . [ ] + - */
    TOKEN_BAD
};

struct token {
    enum token_kind kind;
    struct slice text;
};

/* One expression being read. Zeroed except as expression_open sets it. */
struct expression {
    const char *kind;
    struct slice rest; /* behind `token` */
    struct slice whole;
    struct token token; /* the one to look at */
    struct expression_names *names;
    const cJSON *item; /* or NULL */
    char *message;
    cJSON *temporaries[EXPRESSION_TEMPORARIES]; /* values made on the way, owned */
    size_t temporary_count;
    int depth;
    bool bare; /* what was just read is one pair of parentheses and nothing else */
};

enum { PATH_STEPS = 16, PATH_NAME_BYTES = 256, EXPRESSION_DEPTH = 64 };

struct path_step {
    bool is_index;
    int index;
    char name[PATH_NAME_BYTES];
};

struct path {
    struct path_step steps[PATH_STEPS]; /* the first is a name */
    size_t count;
};

bool expression_open(struct expression *expression, const char *kind, const char *text,
                     struct expression_names *names, const cJSON *item, char *message) MUST_USE;
void expression_close(struct expression *expression);

void token_next(struct expression *expression);
bool token_is_symbol(const struct expression *expression, const char *symbol);
/* Keywords compare without case. */
bool token_is_word(const struct expression *expression, const char *word);
/* Moves past the symbol or fails with a syntax error. */
bool token_expect(struct expression *expression, const char *symbol) MUST_USE;

/* All return false and set the message. */
bool expression_syntax_error(struct expression *expression);
bool expression_fail(struct expression *expression, const char *format, ...) PRINTF_LIKE(2, 3);

/* The value of a :v token, moving past it; NULL with a message when it is not defined. */
const cJSON *expression_value(struct expression *expression);

bool path_read(struct expression *expression, struct path *ret_path) MUST_USE;
/* The value there, or NULL. */
const cJSON *path_find(const cJSON *item, const struct path *path);
/* "[a, b, [0]]", as AWS's messages spell paths. */
void path_print(const struct path *path, char *text, size_t size);

/* One is a prefix of, or equals, the other. */
bool path_overlaps(const struct path *left, const struct path *right);

/* Keeps an owned value until expression_close; returns it, or NULL (deleting it) when there are too many. */
const cJSON *expression_keep(struct expression *expression, cJSON *value);

/* 573 words that must be written as #names. Without case. */
bool reserved_word(struct slice word);

#endif
