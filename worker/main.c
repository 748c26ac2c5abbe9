#include <string.h>
#include <unistd.h>

#include "worker/commands.h"
#include "worker/process.h"

int main(int argument_count, char **arguments)
{
    if (argument_count > 1 && strcmp(arguments[1], "run") == 0) {
        process_restart(arguments);
    }
    return commands_main(argument_count, arguments, environ);
}
