#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tests/support/faultd/expression_lexer.h"
#include "tests/support/faultd/value.h"

/* What stands on one side of a comparison. */
struct operand {
    const cJSON *value; /* NULL: a path without a value */
    bool literal; /* from ExpressionAttributeValues */
    bool is_path;
};

static bool read_or(struct expression *expression, bool *ret_holds);

/* size(path), whose value is a number. */
static bool read_size(struct expression *expression, struct operand *operand)
{
    struct path path;
    char text[32];
    token_next(expression);
    if (!token_expect(expression, "(") || !path_read(expression, &path) || !token_expect(expression, ")")) {
        return false;
    }
    int64_t size = value_size(path_find(expression->item, &path));
    if (size < 0) {
        return true; /* no operand: every comparison with it is false */
    }
    snprintf(text, sizeof text, "%lld", (long long)size);
    cJSON *number = cJSON_CreateObject();
    cJSON_AddStringToObject(number, "N", text);
    operand->value = expression_keep(expression, number);
    return operand->value != NULL;
}

static bool is_call(const struct expression *expression, const char *function)
{
    struct slice text = expression->token.text;
    return expression->token.kind == TOKEN_WORD && slice_equals_text(text, function) &&
           expression->rest.length > 0 && expression->rest.at[strspn(expression->rest.at, " \t\r\n")] == '(';
}

static bool read_operand(struct expression *expression, struct operand *ret_operand)
{
    struct operand operand = {0};
    struct path path;
    if (expression->token.kind == TOKEN_VALUE) {
        operand.value = expression_value(expression);
        operand.literal = true;
        if (operand.value == NULL) {
            return false;
        }
    } else if (is_call(expression, "size")) {
        if (!read_size(expression, &operand)) {
            return false;
        }
    } else {
        if (!path_read(expression, &path)) {
            return false;
        }
        operand.is_path = true;
        operand.value = path_find(expression->item, &path);
    }
    *ret_operand = operand;
    return true;
}

static bool check_orderable(struct expression *expression, const char *operator,
                            const struct operand * operand)
{
    const char *type = operand->literal ? value_type(operand->value) : NULL;
    if (type != NULL && (strlen(type) != 1 || type[0] == 'M' || type[0] == 'L')) {
        return expression_fail(expression,
                               "Invalid %s: Incorrect operand type for operator or function; operator: %s, "
                               "operand type: %s",
                               expression->kind, operator, type);
    }
    return true;
}

static bool read_comparison(struct expression *expression, const struct operand *left, bool *ret_holds)
{
    char operator[3];
    struct operand right;
    int order = 0;
    if (expression->token.kind != TOKEN_SYMBOL || strchr("=<>", expression->token.text.at[0]) == NULL ||
        !slice_copy_text(expression->token.text, operator, sizeof operator)) {
        return expression_syntax_error(expression);
    }
    token_next(expression);
    if (!read_operand(expression, &right)) {
        return false;
    }
    if (strcmp(operator, "=") == 0 || strcmp(operator, "<>") == 0) {
        bool both = left->value != NULL && right.value != NULL;
        bool equal = both && value_equals(left->value, right.value);
        *ret_holds = operator[0] == '=' ? equal : !equal;
        return true;
    }
    if (!check_orderable(expression, operator, left) || !check_orderable(expression, operator, & right)) {
        return false;
    }
    bool comparable =
        left->value != NULL && right.value != NULL && value_compare(left->value, right.value, &order);
    bool holds = operator[0] == '<' ? order < 0 : order> 0;
    *ret_holds = comparable && (holds || (operator[1] == '=' && order == 0));
    return true;
}

static bool read_between(struct expression *expression, const struct operand *left, bool *ret_holds)
{
    struct operand low, high;
    int from = 0, to = 0, span = 0;
    token_next(expression);
    if (!read_operand(expression, &low)) {
        return false;
    }
    if (!token_is_word(expression, "AND")) {
        return expression_syntax_error(expression);
    }
    token_next(expression);
    if (!read_operand(expression, &high) || !check_orderable(expression, "BETWEEN", &low) ||
        !check_orderable(expression, "BETWEEN", &high)) {
        return false;
    }
    if (low.literal && high.literal && value_compare(low.value, high.value, &span) && span > 0) {
        return expression_fail(
            expression,
            "Invalid %s: The BETWEEN operator requires upper bound to be greater than or equal to "
            "lower bound",
            expression->kind);
    }
    *ret_holds = left->value != NULL && low.value != NULL && high.value != NULL &&
                 value_compare(left->value, low.value, &from) &&
                 value_compare(left->value, high.value, &to) && from >= 0 && to <= 0;
    return true;
}

static bool read_in(struct expression *expression, const struct operand *left, bool *ret_holds)
{
    bool found = false;
    token_next(expression);
    if (!token_is_symbol(expression, "(")) {
        return expression_syntax_error(expression);
    }
    do {
        struct operand member;
        token_next(expression);
        if (!read_operand(expression, &member)) {
            return false;
        }
        found =
            found || (left->value != NULL && member.value != NULL && value_equals(left->value, member.value));
    } while (token_is_symbol(expression, ","));
    *ret_holds = found;
    return token_expect(expression, ")");
}

static bool read_exists(struct expression *expression, bool wanted, bool *ret_holds)
{
    struct path path;
    token_next(expression);
    if (!token_expect(expression, "(") || !path_read(expression, &path)) {
        return false;
    }
    *ret_holds = (path_find(expression->item, &path) != NULL) == wanted;
    return token_expect(expression, ")");
}

/* begins_with, contains and attribute_type take a path and an operand. */
static bool read_two_arguments(struct expression *expression, bool *ret_holds)
{
    struct operand first, second;
    struct slice function = expression->token.text;
    token_next(expression);
    if (!token_expect(expression, "(") || !read_operand(expression, &first) ||
        !token_expect(expression, ",") || !read_operand(expression, &second) ||
        !token_expect(expression, ")")) {
        return false;
    }
    const char *type = second.literal ? value_type(second.value) : NULL;
    bool text_wanted = !slice_equals_text(function, "contains");
    bool text = type != NULL && (strcmp(type, "S") == 0 ||
                                 (strcmp(type, "B") == 0 && slice_equals_text(function, "begins_with")));
    if (type != NULL && text_wanted && !text) {
        return expression_fail(expression,
                               "Invalid %s: Incorrect operand type for operator or function; operator or "
                               "function: %.*s, operand type: %s",
                               expression->kind, (int)function.length, function.at, type);
    }
    *ret_holds = false;
    if (first.value != NULL && second.value != NULL) {
        *ret_holds = slice_equals_text(function, "begins_with") ? value_begins_with(first.value, second.value)
                     : slice_equals_text(function, "contains")
                         ? value_contains(first.value, second.value)
                         : text && strcmp(value_type(first.value), second.value->child->valuestring) == 0;
    }
    return true;
}

/* AWS refuses "((a = b))". */
static bool read_parentheses(struct expression *expression, bool *ret_holds)
{
    token_next(expression);
    if (!read_or(expression, ret_holds) || !token_expect(expression, ")")) {
        return false;
    }
    if (expression->bare) {
        return expression_fail(expression, "Invalid %s: The expression has redundant parentheses;",
                               expression->kind);
    }
    expression->bare = true;
    return true;
}

static bool read_primary(struct expression *expression, bool *ret_holds)
{
    struct operand left;
    if (token_is_symbol(expression, "(")) {
        return read_parentheses(expression, ret_holds);
    }
    expression->bare = false;
    if (is_call(expression, "attribute_exists") || is_call(expression, "attribute_not_exists")) {
        return read_exists(expression, is_call(expression, "attribute_exists"), ret_holds);
    }
    if (is_call(expression, "begins_with") || is_call(expression, "contains") ||
        is_call(expression, "attribute_type")) {
        return read_two_arguments(expression, ret_holds);
    }
    if (expression->token.kind == TOKEN_WORD && !is_call(expression, "size") && expression->rest.length > 0 &&
        expression->rest.at[0] == '(' && !token_is_word(expression, "NOT")) {
        return expression_fail(expression, "Invalid %s: Invalid function name; function: %.*s",
                               expression->kind, (int)expression->token.text.length,
                               expression->token.text.at);
    }
    if (!read_operand(expression, &left)) {
        return false;
    }
    if (token_is_word(expression, "BETWEEN")) {
        return read_between(expression, &left, ret_holds);
    }
    return token_is_word(expression, "IN") ? read_in(expression, &left, ret_holds)
                                           : read_comparison(expression, &left, ret_holds);
}

static bool read_not(struct expression *expression, bool *ret_holds)
{
    bool negated = false;
    while (token_is_word(expression, "NOT")) {
        negated = !negated;
        token_next(expression);
    }
    if (!read_primary(expression, ret_holds)) {
        return false;
    }
    *ret_holds = *ret_holds != negated;
    expression->bare = expression->bare && !negated;
    return true;
}

static bool read_and(struct expression *expression, bool *ret_holds)
{
    bool right = false;
    if (!read_not(expression, ret_holds)) {
        return false;
    }
    while (token_is_word(expression, "AND")) {
        token_next(expression);
        if (!read_not(expression, &right)) {
            return false;
        }
        *ret_holds = *ret_holds && right;
        expression->bare = false;
    }
    return true;
}

static bool read_or(struct expression *expression, bool *ret_holds)
{
    bool right = false;
    if (++expression->depth > EXPRESSION_DEPTH) {
        return expression_fail(expression, "Invalid %s: The expression is nested too deeply;",
                               expression->kind);
    }
    if (!read_and(expression, ret_holds)) {
        return false;
    }
    while (token_is_word(expression, "OR")) {
        token_next(expression);
        if (!read_and(expression, &right)) {
            return false;
        }
        *ret_holds = *ret_holds || right;
        expression->bare = false;
    }
    expression->depth--;
    return true;
}

bool expression_condition(const char *kind, const char *text, struct expression_names *names,
                          const cJSON *item, bool *ret_holds, char *message)
{
    struct expression expression;
    bool holds = false;
    bool right = expression_open(&expression, kind, text, names, item, message) &&
                 read_or(&expression, &holds) &&
                 (expression.token.kind == TOKEN_END || expression_syntax_error(&expression));
    expression_close(&expression);
    if (right) {
        *ret_holds = holds;
    }
    return right;
}
