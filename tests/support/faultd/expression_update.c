#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tests/support/faultd/decimal.h"
#include "tests/support/faultd/expression_lexer.h"
#include "tests/support/faultd/value.h"

enum { UPDATE_PATHS = 64 };

/* One UpdateExpression being applied. */
struct update {
    struct expression expression;
    cJSON *target;
    cJSON *touched;
    struct path *paths; /* all written so far, UPDATE_PATHS of them */
    size_t path_count;
};

static bool read_operand(struct update *update, const cJSON **ret_value);

/* Notes a path as written; two that overlap are an error, and so is too many. */
static bool claim_path(struct update *update, const struct path *path)
{
    struct expression *expression = &update->expression;
    char one[256], two[256];
    for (size_t i = 0; i < update->path_count; i++) {
        if (path_overlaps(&update->paths[i], path)) {
            path_print(&update->paths[i], one, sizeof one);
            path_print(path, two, sizeof two);
            return expression_fail(
                expression,
                "Invalid UpdateExpression: Two document paths overlap with each other; must "
                "remove or rewrite one of these paths; path one: %.100s, path two: %.100s",
                one, two);
        }
    }
    if (update->path_count == UPDATE_PATHS) {
        return expression_fail(expression, "Invalid UpdateExpression: too many paths;");
    }
    update->paths[update->path_count++] = *path;
    cJSON_AddItemToArray(update->touched, cJSON_CreateString(path->steps[0].name));
    return true;
}

/* The map or list that holds the path's last step, in the target; NULL with AWS's message. */
static cJSON *find_holder(struct update *update, const struct path *path)
{
    if (path->count == 1) {
        return update->target;
    }
    struct path above = *path;
    above.count--;
    const char *type = path->steps[path->count - 1].is_index ? "L" : "M";
    cJSON *found = (cJSON *)(uintptr_t)path_find(update->target, &above);
    cJSON *holder = cJSON_GetObjectItemCaseSensitive(found, type);
    if (holder == NULL) {
        expression_fail(&update->expression,
                        "The document path provided in the update expression is invalid for update");
    }
    return holder;
}

static bool store(struct update *update, const struct path *path, const cJSON *value)
{
    const struct path_step *last = &path->steps[path->count - 1];
    cJSON *holder = find_holder(update, path);
    cJSON *copy = holder == NULL ? NULL : cJSON_Duplicate(value, true);
    if (copy == NULL) {
        return false;
    }
    if (last->is_index) {
        return last->index < cJSON_GetArraySize(holder)
                   ? cJSON_ReplaceItemInArray(holder, last->index, copy) != 0
                   : cJSON_AddItemToArray(holder, copy) != 0;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(holder, last->name);
    return cJSON_AddItemToObject(holder, last->name, copy) != 0;
}

static bool remove_at(struct update *update, const struct path *path)
{
    const struct path_step *last = &path->steps[path->count - 1];
    cJSON *holder = find_holder(update, path);
    if (holder == NULL) {
        return false;
    }
    if (last->is_index) {
        cJSON_DeleteItemFromArray(holder, last->index);
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(holder, last->name);
    }
    return true;
}

static bool type_error(struct update *update, const char *operator, const cJSON * value)
{
    return expression_fail(
        &update->expression,
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator "
        "or function: %s, operand type: %s",
        operator, value_type(value));
}

/* left + right or left - right; NULL with a message. */
static const cJSON *compute(struct update *update, const cJSON *left, const cJSON *right, bool subtract)
{
    struct decimal a, b, sum;
    char text[DECIMAL_TEXT_BYTES];
    const cJSON *sides[] = {left, right};
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(value_type(sides[i]), "N") != 0) {
            type_error(update, subtract ? "-" : "+", sides[i]);
            return NULL;
        }
    }
    const char *problem = decimal_parse(left->child->valuestring, &a);
    problem = problem != NULL ? problem : decimal_parse(right->child->valuestring, &b);
    problem = problem != NULL ? problem : decimal_add(&a, &b, subtract, &sum);
    if (problem != NULL) {
        expression_fail(&update->expression, "%s", problem);
        return NULL;
    }
    decimal_format(&sum, text);
    cJSON *value = cJSON_CreateObject();
    cJSON_AddStringToObject(value, "N", text);
    return expression_keep(&update->expression, value);
}

static bool read_if_not_exists(struct update *update, const cJSON **ret_value)
{
    struct path path;
    const cJSON *other = NULL;
    token_next(&update->expression);
    if (!token_expect(&update->expression, "(") || !path_read(&update->expression, &path) ||
        !token_expect(&update->expression, ",") || !read_operand(update, &other) ||
        !token_expect(&update->expression, ")")) {
        return false;
    }
    const cJSON *found = path_find(update->expression.item, &path);
    *ret_value = found != NULL ? found : other;
    return true;
}

static bool read_list_append(struct update *update, const cJSON **ret_value)
{
    const cJSON *sides[2] = {NULL, NULL};
    token_next(&update->expression);
    if (!token_expect(&update->expression, "(") || !read_operand(update, &sides[0]) ||
        !token_expect(&update->expression, ",") || !read_operand(update, &sides[1]) ||
        !token_expect(&update->expression, ")")) {
        return false;
    }
    cJSON *value = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(value, "L");
    *ret_value = expression_keep(&update->expression, value);
    for (size_t i = 0; i < 2 && *ret_value != NULL; i++) {
        if (strcmp(value_type(sides[i]), "L") != 0) {
            return type_error(update, "list_append", sides[i]);
        }
        for (const cJSON *member = sides[i]->child->child; member != NULL; member = member->next) {
            cJSON_AddItemToArray(list, cJSON_Duplicate(member, true));
        }
    }
    return *ret_value != NULL;
}

static bool read_operand(struct update *update, const cJSON **ret_value)
{
    struct expression *expression = &update->expression;
    struct path path;
    if (++expression->depth > EXPRESSION_DEPTH) {
        return expression_fail(expression, "Invalid UpdateExpression: nested too deeply;");
    }
    bool read = false;
    if (expression->token.kind == TOKEN_VALUE) {
        *ret_value = expression_value(expression);
        read = *ret_value != NULL;
    } else if (slice_equals_text(expression->token.text, "if_not_exists")) {
        read = read_if_not_exists(update, ret_value);
    } else if (slice_equals_text(expression->token.text, "list_append")) {
        read = read_list_append(update, ret_value);
    } else if (path_read(expression, &path)) {
        *ret_value = path_find(expression->item, &path);
        read = *ret_value != NULL ||
               expression_fail(expression,
                               "The provided expression refers to an attribute that does not exist in "
                               "the item");
    }
    expression->depth--;
    return read;
}

static bool apply_set(struct update *update)
{
    struct expression *expression = &update->expression;
    struct path path;
    const cJSON *value = NULL, *right = NULL;
    if (!path_read(expression, &path) || !claim_path(update, &path) || !token_expect(expression, "=") ||
        !read_operand(update, &value)) {
        return false;
    }
    bool plus = token_is_symbol(expression, "+"), minus = token_is_symbol(expression, "-");
    if (plus || minus) {
        token_next(expression);
        if (!read_operand(update, &right)) {
            return false;
        }
        value = compute(update, value, right, minus);
    }
    return value != NULL && store(update, &path, value);
}

static bool apply_remove(struct update *update)
{
    struct path path;
    return path_read(&update->expression, &path) && claim_path(update, &path) && remove_at(update, &path);
}

/* A path and a :value, as ADD and DELETE have them. */
static bool read_path_and_value(struct update *update, struct path *path, const cJSON **ret_value)
{
    struct expression *expression = &update->expression;
    if (!path_read(expression, path) || !claim_path(update, path)) {
        return false;
    }
    if (expression->token.kind != TOKEN_VALUE) {
        return expression_syntax_error(expression);
    }
    *ret_value = expression_value(expression);
    return *ret_value != NULL;
}

static bool apply_add(struct update *update)
{
    struct path path;
    const cJSON *value = NULL;
    if (!read_path_and_value(update, &path, &value)) {
        return false;
    }
    const char *type = value_type(value);
    bool is_set = strlen(type) == 2, is_number = strcmp(type, "N") == 0;
    if (!is_set && !is_number) {
        return type_error(update, "ADD", value);
    }
    const cJSON *old = path_find(update->expression.item, &path);
    if (old == NULL) {
        return store(update, &path, value);
    }
    if (value_type(old) != type) {
        return expression_fail(&update->expression,
                               "An operand in the update expression has an incorrect data type");
    }
    const cJSON *sum = is_number ? compute(update, old, value, false)
                                 : expression_keep(&update->expression, value_set_change(old, value, true));
    return sum != NULL && store(update, &path, sum);
}

static bool apply_delete(struct update *update)
{
    struct path path;
    const cJSON *value = NULL;
    if (!read_path_and_value(update, &path, &value)) {
        return false;
    }
    if (strlen(value_type(value)) != 2) {
        return type_error(update, "DELETE", value);
    }
    const cJSON *old = path_find(update->expression.item, &path);
    if (old == NULL) {
        return true;
    }
    const cJSON *rest = expression_keep(&update->expression, value_set_change(old, value, false));
    if (rest == NULL) {
        return expression_fail(&update->expression,
                               "An operand in the update expression has an incorrect data type");
    }
    return rest->child->child == NULL ? remove_at(update, &path) : store(update, &path, rest);
}

static bool apply_sections(struct update *update)
{
    static const struct {
        const char *word;
        bool (*apply)(struct update *update);
    } sections[] = {
        {"SET", apply_set}, {"REMOVE", apply_remove}, {"ADD", apply_add}, {"DELETE", apply_delete}};
    struct expression *expression = &update->expression;
    bool seen[4] = {false};
    while (expression->token.kind != TOKEN_END) {
        size_t i = 0;
        while (i < 4 && !token_is_word(expression, sections[i].word)) {
            i++;
        }
        if (i == 4) {
            return expression_syntax_error(expression);
        }
        if (seen[i]) {
            return expression_fail(
                expression,
                "Invalid UpdateExpression: The \"%s\" section can only be used once in an update "
                "expression;",
                sections[i].word);
        }
        seen[i] = true;
        do {
            token_next(expression);
            if (!sections[i].apply(update)) {
                return false;
            }
        } while (token_is_symbol(expression, ","));
    }
    return true;
}

bool expression_update(const char *text, struct expression_names *names, const cJSON *item, cJSON *target,
                       cJSON *touched, char *message)
{
    struct update update = {.target = target, .touched = touched};
    snprintf(message, EXPRESSION_MESSAGE_BYTES, "out of memory");
    update.paths = calloc(UPDATE_PATHS, sizeof *update.paths);
    bool done = update.paths != NULL &&
                expression_open(&update.expression, "UpdateExpression", text, names, item, message) &&
                apply_sections(&update);
    expression_close(&update.expression);
    free(update.paths);
    return done;
}

cJSON *expression_project(const char *text, struct expression_names *names, const cJSON *item, char *message)
{
    struct expression expression = {.depth = 0};
    struct path path;
    cJSON *result = cJSON_CreateObject();
    bool whole =
        result != NULL && expression_open(&expression, "ProjectionExpression", text, names, item, message);
    while (whole) {
        if (!path_read(&expression, &path)) {
            whole = false;
            break;
        }
        if (path.count > 1) {
            whole =
                expression_fail(&expression, "Invalid ProjectionExpression: this server projects top-level "
                                             "attributes only");
            break;
        }
        const cJSON *value = path_find(item, &path);
        if (value != NULL) {
            cJSON_AddItemToObject(result, path.steps[0].name, cJSON_Duplicate(value, true));
        }
        if (!token_is_symbol(&expression, ",")) {
            whole = expression.token.kind == TOKEN_END || expression_syntax_error(&expression);
            break;
        }
        token_next(&expression);
    }
    expression_close(&expression);
    if (!whole) {
        cJSON_Delete(result);
        return NULL;
    }
    return result;
}
