#include "tests/support/faultd/expression_lexer.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t symbol_length(struct slice rest)
{
    static const char *const symbols[] = {"<>", "<=", ">=", "=", "<", ">", "(",
                                          ")",  ",",  ".",  "[", "]", "+", "-"};
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (slice_starts_with(rest, symbols[i])) {
            return strlen(symbols[i]);
        }
    }
    return 0;
}

void token_next(struct expression *expression)
{
    struct slice rest = expression->rest;
    while (rest.length > 0 && isspace((unsigned char)rest.at[0])) {
        rest = slice_of(rest.at + 1, rest.length - 1);
    }
    struct token token = {.kind = TOKEN_END, .text = slice_of(rest.at, 0)};
    if (rest.length > 0) {
        char first = rest.at[0];
        size_t length = first == '#' || first == ':';
        while (length < rest.length && is_word_byte(rest.at[length])) {
            length++;
        }
        token.kind = first == '#'                    ? TOKEN_NAME
                     : first == ':'                  ? TOKEN_VALUE
                     : isdigit((unsigned char)first) ? TOKEN_NUMBER
                     : length > 0                    ? TOKEN_WORD
                                                     : TOKEN_SYMBOL;
        if (token.kind == TOKEN_SYMBOL) {
            length = symbol_length(rest);
        }
        if (length == 0 || ((first == '#' || first == ':') && length == 1)) {
            token.kind = TOKEN_BAD;
            length = 1;
        }
        token.text.length = length;
    }
    expression->token = token;
    expression->rest = slice_of(rest.at + token.text.length, rest.length - token.text.length);
}

bool expression_open(struct expression *expression, const char *kind, const char *text,
                     struct expression_names *names, const cJSON *item, char *message)
{
    *expression = (struct expression){.kind = kind, .names = names, .item = item, .message = message};
    expression->whole = expression->rest = slice_of_text(text);
    if (expression->whole.length == 0) {
        return expression_fail(expression, "Invalid %s: The expression can not be empty;", kind);
    }
    if (expression->whole.length > EXPRESSION_BYTES) {
        return expression_fail(expression,
                               "Invalid %s: Expression size has exceeded the maximum allowed size;", kind);
    }
    token_next(expression);
    return true;
}

void expression_close(struct expression *expression)
{
    for (size_t i = 0; i < expression->temporary_count; i++) {
        cJSON_Delete(expression->temporaries[i]);
    }
    expression->temporary_count = 0;
}

bool token_is_symbol(const struct expression *expression, const char *symbol)
{
    return expression->token.kind == TOKEN_SYMBOL && slice_equals_text(expression->token.text, symbol);
}

bool token_is_word(const struct expression *expression, const char *word)
{
    struct slice text = expression->token.text;
    return expression->token.kind == TOKEN_WORD && text.length == strlen(word) &&
           strncasecmp(text.at, word, text.length) == 0;
}

bool token_expect(struct expression *expression, const char *symbol)
{
    if (!token_is_symbol(expression, symbol)) {
        return expression_syntax_error(expression);
    }
    token_next(expression);
    return true;
}

bool expression_fail(struct expression *expression, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expression->message, EXPRESSION_MESSAGE_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

/* AWS shows the token and its neighbours. */
bool expression_syntax_error(struct expression *expression)
{
    struct slice text = expression->token.text;
    if (expression->token.kind == TOKEN_END) {
        return expression_fail(
            expression, "Invalid %s: Syntax error; token: \"<EOF>\", near: \"%.40s\"", expression->kind,
            expression->whole.at + (expression->whole.length > 20 ? expression->whole.length - 20 : 0));
    }
    size_t before = (size_t)(text.at - expression->whole.at);
    const char *near = text.at - (before > 10 ? 10 : before);
    size_t length = (size_t)(text.at - near) + text.length;
    size_t after = expression->rest.length > 10 ? 10 : expression->rest.length;
    return expression_fail(expression, "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
                           expression->kind, (int)(text.length > 100 ? 100 : text.length), text.at,
                           (int)(length + after > 200 ? 200 : length + after), near);
}

const cJSON *expression_keep(struct expression *expression, cJSON *value)
{
    if (value == NULL || expression->temporary_count == EXPRESSION_TEMPORARIES) {
        cJSON_Delete(value);
        expression_fail(expression, "Invalid %s: The expression has too many operators;", expression->kind);
        return NULL;
    }
    expression->temporaries[expression->temporary_count++] = value;
    return value;
}
