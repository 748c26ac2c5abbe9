#include "aws/process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESS_SLICE_MS = 100, PROCESS_LOOK_MS = 10 };

static struct status prepare_files(posix_spawn_file_actions_t *actions, int output)
{
    int failure = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (failure == 0) {
        failure = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    }
    if (failure == 0) {
        failure = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (failure == 0) {
        failure = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    }
    return failure == 0 ? status_ok() : status_errno(failure, "cannot prepare a process");
}

static struct status prepare_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none); /* neither can fail */
    (void)sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure == 0) {
        failure = posix_spawnattr_setsigdefault(attributes, &all);
    }
    if (failure == 0) {
        failure = posix_spawnattr_setpgroup(attributes, 0);
    }
    if (failure == 0) {
        failure = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                           POSIX_SPAWN_SETPGROUP);
    }
    return failure == 0 ? status_ok() : status_errno(failure, "cannot prepare a process");
}

static struct status spawn(char *const *words, int output, pid_t *ret_process)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) {
        return status_errno(failure, "cannot prepare a process");
    }
    failure = posix_spawnattr_init(&attributes);
    if (failure != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return status_errno(failure, "cannot prepare a process");
    }
    struct status status = prepare_files(&actions, output);
    if (status_is_ok(&status)) {
        status = prepare_signals(&attributes);
    }
    if (status_is_ok(&status)) {
        failure = posix_spawnp(ret_process, words[0], &actions, &attributes, words, environ);
        if (failure != 0) {
            status = status_errno(failure, "cannot run '%.100s'", words[0]);
        }
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* STATUS_STOPPED or STATUS_TIMEOUT when the wait must end. */
static struct status check_wait(const struct process_options *options, int64_t deadline_ms)
{
    if (stop_is_requested(options->cancel)) {
        return status_make(STATUS_STOPPED, "stopped");
    }
    if (clock_boot_ms(options->clock) >= deadline_ms) {
        return status_make(STATUS_TIMEOUT, "'%.100s' did not end within %lld ms", options->words[0],
                           (long long)options->timeout_ms);
    }
    return status_ok();
}

/* One look at the pipe; *ret_ended at its end. */
static struct status read_some(int pipe_end, struct bytes *output, bool *ret_ended)
{
    char chunk[4096];
    struct pollfd look = {.fd = pipe_end, .events = POLLIN};
    int ready = poll(&look, 1, PROCESS_SLICE_MS);
    *ret_ended = false;
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return status_ok();
    }
    ssize_t got = ready < 0 ? -1 : read(pipe_end, chunk, sizeof(chunk));
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN ? status_ok()
                                                 : status_errno(errno, "cannot read from a process");
    }
    *ret_ended = got == 0;
    struct status status = bytes_append(output, chunk, (size_t)got);
    memory_wipe(chunk, sizeof(chunk));
    return status_prefix(status, "its output");
}

static struct status read_all(const struct process_options *options, int pipe_end, int64_t deadline_ms,
                              struct bytes *output)
{
    bool ended = false;
    while (!ended) {
        TRY(check_wait(options, deadline_ms));
        TRY(read_some(pipe_end, output, &ended));
    }
    return status_ok();
}

static struct status judge(const struct process_options *options, int outcome)
{
    if (WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0) {
        return status_ok();
    }
    if (WIFEXITED(outcome)) {
        return status_make(STATUS_UNAVAILABLE, "'%.100s' ended with exit code %d", options->words[0],
                           WEXITSTATUS(outcome));
    }
    return status_make(STATUS_UNAVAILABLE, "'%.100s' was ended by signal %d", options->words[0],
                       WTERMSIG(outcome));
}

/* A program can close its output and go on: it has the same deadline. */
static struct status await_exit(const struct process_options *options, pid_t process, int64_t deadline_ms,
                                bool *ret_reaped)
{
    for (;;) {
        int outcome = 0;
        pid_t ended = waitpid(process, &outcome, WNOHANG);
        if (ended == process) {
            *ret_reaped = true;
            return judge(options, outcome);
        }
        if (ended < 0 && errno != EINTR) {
            *ret_reaped = true; /* somebody else did: there is nothing to wait for */
            return status_errno(errno, "cannot wait for '%.100s'", options->words[0]);
        }
        TRY(check_wait(options, deadline_ms));
        (void)stop_wait_ms(options->cancel, PROCESS_LOOK_MS);
    }
}

static void kill_group(pid_t process)
{
    (void)kill(-process, SIGKILL); /* it may be gone already */
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {
    }
}

struct status process_run(const struct process_options *options, struct bytes *output)
{
    int ends[2];
    pid_t process = 0;
    bool reaped = false;
    int64_t deadline_ms = clock_boot_ms(options->clock) + options->timeout_ms;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return status_errno(errno, "cannot make a pipe");
    }
    struct status status = spawn(options->words, ends[1], &process);
    (void)close(ends[1]);
    if (status_is_ok(&status)) {
        status = read_all(options, ends[0], deadline_ms, output);
        if (status_is_ok(&status)) {
            status = await_exit(options, process, deadline_ms, &reaped);
        }
        if (!reaped) {
            kill_group(process);
        }
    }
    (void)close(ends[0]);
    return status;
}
