#include "worker/completion.h"

static void print_step(FILE *out, const char *from, const char *word, const char *to)
{
    fprintf(out, "        ('%s/%s') command='%s' ;;\n", from, word, to);
}

/* Inside single quotes, where _arguments and _describe give '[', ']' and ':' a meaning. */
static void print_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'') {
            fputs("'\\''", out);
        } else {
            fputs(text[i] == ':' || text[i] == '[' || text[i] == ']' || text[i] == '\\' ? "\\" : "", out);
            fputc(text[i], out);
        }
    }
}

static void print_value(FILE *out, const struct setting *row)
{
    if (row->type == SETTING_TYPE_BOOL) {
        return;
    }
    fputc(':', out);
    print_escaped(out, row->placeholder, strlen(row->placeholder));
    fputc(':', out);
    switch (completion_value_of(row)) {
    case COMPLETION_CHOICES:
        fputc('(', out);
        for (size_t i = 0; row->choices[i] != NULL; i++) {
            fprintf(out, "%s%s", i == 0 ? "" : " ", row->choices[i]);
        }
        fputc(')', out);
        break;
    case COMPLETION_FILE:
        fputs("_files", out);
        break;
    case COMPLETION_FOLDER:
        fputs("_files -/", out);
        break;
    case COMPLETION_NONE:
        break;
    }
}

static void print_option(void *context, const struct setting *row)
{
    FILE *out = context;
    const char *equals = row->type == SETTING_TYPE_BOOL ? "" : "=";
    fprintf(out, " \\\n            '--%s%s[", row->name, equals);
    print_escaped(out, row->help, completion_sentence(row->help));
    fputc(']', out);
    print_value(out, row);
    fputc('\'', out);
    if (row->letter != '\0') {
        fprintf(out, " \\\n            '-%c[", row->letter);
        print_escaped(out, row->help, completion_sentence(row->help));
        fputc(']', out);
        print_value(out, row);
        fputc('\'', out);
    }
}

static void print_described(FILE *out, const struct command *table)
{
    fputs("        list=(\n", out);
    for (const struct command *command = table; command->name != NULL; command++) {
        fprintf(out, "            '%s:", command->name);
        print_escaped(out, command->summary, completion_sentence(command->summary));
        fputs("'\n", out);
    }
    fputs("        )\n        _describe -t commands command list ;;\n", out);
}

static void print_case(void *context, const struct command_path *path)
{
    FILE *out = context;
    const struct command *command = path->at[path->depth - 1];
    char name[COMMAND_PATH_BYTES];
    commands_format_path(path, ' ', name);
    if (command->commands != NULL) {
        fprintf(out, "    ('%s' | 'help %s')\n", name, name);
        print_described(out, command->commands);
        return;
    }
    if (strcmp(name, "help") == 0) {
        fputs("    ('help')\n", out);
        print_described(out, commands());
        return;
    }
    const struct option_words_rule *words = command->options.words;
    fprintf(out, "    ('%s')\n        _arguments '*:", name);
    if (words != NULL && words->choices != NULL) {
        fprintf(out, "%s:(%s", words->placeholder, words->choices[0]);
        for (size_t i = 1; words->choices[i] != NULL; i++) {
            fprintf(out, " %s", words->choices[i]);
        }
        fputs(")'", out);
    } else {
        fputs(" :'", out);
    }
    completion_each_option(command, print_option, out);
    fputs(" ;;\n", out);
}

void completion_print_zsh(FILE *out)
{
    fputs("#compdef penstock\n"
          "# zsh completion for penstock; made by `penstock completion zsh`.\n"
          "_penstock() {\n"
          "    local command='' i\n"
          "    local -a list\n"
          "    for ((i = 2; i < CURRENT; i++)); do\n"
          "        case \"$command/${words[i]}\" in\n",
          out);
    completion_each_step(print_step, out);
    fputs("        esac\n    done\n    case $command in\n    ('')\n", out);
    print_described(out, commands());
    commands_each(print_case, out);
    fputs("    esac\n}\n"
          "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
          "    _penstock \"$@\"\n"
          "else\n"
          "    compdef _penstock penstock\n"
          "fi\n",
          out);
}
