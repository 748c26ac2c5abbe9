#include "worker/help_command.h"

#include <stdio.h>

#include "worker/admin/metric_table.h"
#include "worker/exit_code.h"
#include "worker/help.h"
#include "worker/suggest.h"

enum help_form { HELP_FORM_TEXT, HELP_FORM_MAN, HELP_FORM_MARKDOWN, HELP_FORM_TOPICS };

enum { TOPICS_MOST = 64 };

static const char *const forms[] = {"text", "man", "markdown", "topics", NULL};

const struct option_table *const help_command_options[] = {
    &(const struct option_table){"Options",
                                 (const struct setting[]){{.name = "output",
                                                           .letter = 'o',
                                                           .type = SETTING_TYPE_CHOICE,
                                                           .placeholder = "FORM",
                                                           .fallback = "text",
                                                           .choices = forms,
                                                           .help = "In which form.",
                                                           .field = offsetof(struct help_request, form)},
                                                          {.name = NULL}}},
    NULL,
};

const struct option_words_rule help_command_words = {
    .placeholder = "COMMAND",
    .most = COMMAND_DEPTH,
    .help = "The command, or its group and itself: leases list.",
    .field = offsetof(struct help_request, topic),
};

/* The names of one group's commands, "settings" and "metrics". */
struct topics {
    const char *names[TOPICS_MOST];
    size_t count;
    size_t depth;
    const struct command *group; /* NULL: the first floor */
};

static void add_topic(void *context, const struct command_path *path)
{
    struct topics *topics = context;
    bool wanted = path->depth == topics->depth && (topics->group == NULL || path->at[0] == topics->group);
    if (wanted && topics->count < TOPICS_MOST) {
        topics->names[topics->count] = path->at[path->depth - 1]->name;
        topics->count++;
    }
}

static int unknown_topic(const struct help_request *request, const struct command_path *found, size_t known)
{
    struct topics topics = {.depth = known + 1, .group = known == 0 ? NULL : found->at[0]};
    if (known == 0) {
        topics.names[0] = "settings";
        topics.names[1] = "metrics";
        topics.count = 2;
    }
    commands_each(add_topic, &topics);
    const char *word = request->topic.at[known];
    char quoted[SETTING_QUOTE_BYTES];
    setting_quote(slice_of_text(word), quoted);
    const char *near = suggest_nearest(slice_of_text(word), topics.names, topics.count);
    if (near == NULL) {
        return commands_usage_error("no help on '%s' ('penstock help' lists what there is)", quoted);
    }
    return commands_usage_error("no help on '%s'; did you mean '%s'?", quoted, near);
}

static int refuse_form(const struct help_request *request)
{
    return commands_usage_error("this help cannot be printed as '%s'", forms[request->form]);
}

static void print_topic(void *context, const struct command_path *path)
{
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    fprintf(context, "%s\n", name);
}

static int print_overview(const struct help_request *request)
{
    switch (request->form) {
    case HELP_FORM_TEXT:
        help_print_overview(stdout);
        break;
    case HELP_FORM_MAN:
        help_print_man(stdout);
        break;
    case HELP_FORM_TOPICS:
        commands_each(print_topic, stdout);
        break;
    default:
        return refuse_form(request);
    }
    return commands_finish_output();
}

static int print_settings(const struct help_request *request)
{
    if (request->form == HELP_FORM_TEXT) {
        help_print_settings(stdout);
    } else if (request->form == HELP_FORM_MARKDOWN) {
        help_print_settings_markdown(stdout);
    } else {
        return refuse_form(request);
    }
    return commands_finish_output();
}

static int print_metrics(const struct help_request *request)
{
    if (request->form == HELP_FORM_TEXT) {
        metric_table_print(stdout);
    } else if (request->form == HELP_FORM_MARKDOWN) {
        metric_table_print_markdown(stdout);
    } else {
        return refuse_form(request);
    }
    return commands_finish_output();
}

static int print_command(const struct help_request *request, const struct command_path *path)
{
    bool is_group = path->at[path->depth - 1]->commands != NULL;
    if (request->form == HELP_FORM_TEXT) {
        help_print_command(stdout, path);
    } else if (request->form == HELP_FORM_MAN) {
        help_print_command_man(stdout, path);
    } else if (request->form == HELP_FORM_MARKDOWN && is_group) {
        help_print_commands_markdown(stdout, path);
    } else {
        return refuse_form(request);
    }
    return commands_finish_output();
}

int help_command_run(const struct command_line *line)
{
    const struct help_request *request = line->request;
    if (request->topic.count == 0) {
        return print_overview(request);
    }
    if (request->topic.count == 1 && strcmp(request->topic.at[0], "settings") == 0) {
        return print_settings(request);
    }
    if (request->topic.count == 1 && strcmp(request->topic.at[0], "metrics") == 0) {
        return print_metrics(request);
    }
    struct command_path path;
    size_t known = 0;
    if (commands_find(request->topic.at, request->topic.count, &path, &known) == NULL) {
        return unknown_topic(request, &path, known);
    }
    return print_command(request, &path);
}
