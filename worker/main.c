#include <unistd.h>

#include "worker/commands.h"

int main(int argument_count, char **arguments)
{
    return commands_main(argument_count, arguments, environ);
}
