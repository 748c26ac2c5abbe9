#include "worker/completion.h"

static void print_step(FILE *out, const char *from, const char *word, const char *to)
{
    fprintf(out, "        \"%s/%s\") command=\"%s\" ;;\n", from, word, to);
}

struct bash_context {
    FILE *out;
    const char *command;
};

static void print_pattern(const struct bash_context *bash, const struct setting *row)
{
    fprintf(bash->out, "    \"%s --%s\"", bash->command, row->name);
    if (row->letter != '\0') {
        fprintf(bash->out, " | \"%s -%c\"", bash->command, row->letter);
    }
    fputs(") ", bash->out);
}

/* What follows an option that takes a value. */
static void print_value(void *context, const struct setting *row)
{
    const struct bash_context *bash = context;
    if (row->type == SETTING_TYPE_BOOL) {
        return;
    }
    print_pattern(bash, row);
    switch (completion_value_of(row)) {
    case COMPLETION_CHOICES:
        fputs("words=\"", bash->out);
        for (size_t i = 0; row->choices[i] != NULL; i++) {
            fprintf(bash->out, "%s%s", i == 0 ? "" : " ", row->choices[i]);
        }
        fputc('"', bash->out);
        break;
    case COMPLETION_FILE:
        fputs("kind=-f", bash->out);
        break;
    case COMPLETION_FOLDER:
        fputs("kind=-d", bash->out);
        break;
    case COMPLETION_NONE:
        fputs("kind=none", bash->out);
        break;
    }
    fputs(" ;;\n", bash->out);
}

static void print_values(void *context, const struct command_path *path)
{
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    struct bash_context bash = {context, name};
    completion_each_option(path->at[path->depth - 1], print_value, &bash);
}

static void print_name(void *context, const struct setting *row)
{
    fprintf(context, " --%s", row->name);
}

/* What can follow a command: its own commands, choices and options. */
static void print_words(void *context, const struct command_path *path)
{
    FILE *out = context;
    const struct command *command = path->at[path->depth - 1];
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    fprintf(out, "    \"%s\") words=\"", name);
    for (const struct command *below = command->commands; below != NULL && below->name != NULL; below++) {
        fprintf(out, "%s ", below->name);
    }
    const struct option_words_rule *words = command->options.words;
    for (size_t i = 0; words != NULL && words->choices != NULL && words->choices[i] != NULL; i++) {
        fprintf(out, "%s ", words->choices[i]);
    }
    if (strcmp(name, "help") == 0) {
        fputs("$commands settings", out);
    }
    completion_each_option(command, print_name, out);
    fputs("\" ;;\n", out);
    if (path->depth == 1 && command->commands != NULL) {
        fprintf(out, "    \"help %s\") words=\"", name);
        for (const struct command *below = command->commands; below->name != NULL; below++) {
            fprintf(out, "%s%s", below == command->commands ? "" : " ", below->name);
        }
        fputs("\" ;;\n", out);
    }
}

void completion_print_bash(FILE *out)
{
    fputs("# bash completion for penstock; made by `penstock completion bash`.\n"
          "_penstock()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local command=\"\" words=\"\" kind=\"\" i\n"
          "    local commands=\"",
          out);
    for (const struct command *command = commands(); command->name != NULL; command++) {
        fprintf(out, "%s%s", command == commands() ? "" : " ", command->name);
    }
    fputs("\"\n"
          "    COMPREPLY=()\n"
          "    # bash takes --name=value apart at the equals sign.\n"
          "    if [[ $word == = ]]; then\n"
          "        word=\"\"\n"
          "    elif [[ $previous == = ]]; then\n"
          "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    fi\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case \"$command/${COMP_WORDS[i]}\" in\n",
          out);
    completion_each_step(print_step, out);
    fputs("        esac\n    done\n    case \"$command $previous\" in\n", out);
    commands_each(print_values, out);
    fputs("    esac\n"
          "    if [[ -z $words && -z $kind ]]; then\n"
          "        case \"$command\" in\n"
          "    \"\") words=\"$commands --help --version\" ;;\n",
          out);
    commands_each(print_words, out);
    fputs("        esac\n    fi\n"
          "    if [[ $kind == -* ]]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        mapfile -t COMPREPLY < <(compgen \"$kind\" -- \"$word\")\n"
          "    elif [[ -n $words ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    fi\n"
          "}\n"
          "complete -F _penstock penstock\n",
          out);
}
