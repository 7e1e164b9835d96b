/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/error.h"

typedef struct {
	int fd;
	guint source; /* 0: at its end */
	GString *text;
} ChildStream;

struct Child {
	GPid pid;
	char *name; /* of the program, without its folder */
	int in; /* of one that is held, else -1 */
	ChildStream out, err;
	guint timer;
	unsigned int timeout_ms;
	bool timed_out;
	ChildDone done; /* NULL: cancelled */
	void *data;
};

/* ---- what it writes ---- */

/* False at the end of the stream; true if there is nothing more for now. */
static bool stream_drain(ChildStream *stream)
{
	char buf[4096];

	for (;;) {
		ssize_t n = read(stream->fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		n = MIN((size_t)n, CHILD_OUTPUT_MAX - stream->text->len);
		g_string_append_len(stream->text, buf, n);
	}
}

static gboolean stream_ready(int fd, GIOCondition revents, gpointer data)
{
	ChildStream *stream = data;

	if (stream_drain(stream))
		return G_SOURCE_CONTINUE;
	stream->source = 0;
	return G_SOURCE_REMOVE;
}

static void stream_init(ChildStream *stream, int fd)
{
	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	stream->fd = fd;
	stream->text = g_string_new(NULL);
	stream->source = g_unix_fd_add(fd, G_IO_IN, stream_ready, stream);
}

static void stream_fini(ChildStream *stream)
{
	if (stream->source)
		g_source_remove(stream->source);
	close(stream->fd);
	g_string_free(stream->text, TRUE);
}

static void child_free(Child *child)
{
	if (child->timer)
		g_source_remove(child->timer);
	if (child->in >= 0)
		close(child->in);
	stream_fini(&child->out);
	stream_fini(&child->err);
	g_free(child->name);
	g_free(child);
}

/* ---- how it ends ---- */

static char *last_line(const GString *text)
{
	g_autofree char *valid = g_utf8_make_valid(text->str, text->len);
	const char *start;

	g_strchomp(valid);
	start = strrchr(valid, '\n');
	return g_strdup(start ? start + 1 : valid);
}

static GError *child_error(const Child *child, int status)
{
	g_autofree char *said = last_line(child->err.text);
	const char *colon = *said ? ": " : "";

	if (child->timed_out)
		return g_error_new(XT_ERROR, XT_ERROR_TIMEOUT,
				   "%s: not done after %u ms%s%s", child->name,
				   child->timeout_ms, colon, said);
	if (WIFSIGNALED(status))
		return g_error_new(XT_ERROR, XT_ERROR_FAILED,
				   "%s: killed by signal %d%s%s", child->name,
				   WTERMSIG(status), colon, said);
	if (WEXITSTATUS(status))
		return g_error_new(XT_ERROR, XT_ERROR_FAILED, "%s: exit status %d%s%s",
				   child->name, WEXITSTATUS(status), colon, said);
	return NULL;
}

static void child_exited(GPid pid, int status, gpointer data)
{
	Child *child = data;
	g_autofree char *output = NULL;
	g_autoptr(GError) error = NULL;

	if (child->done) {
		stream_drain(&child->out);
		stream_drain(&child->err);
		output = g_utf8_make_valid(child->out.text->str, child->out.text->len);
		error = child_error(child, status);
		child->done(status, output, error, child->data);
	}
	child_free(child);
}

static gboolean child_late(gpointer data)
{
	Child *child = data;

	child->timer = 0;
	child->timed_out = true;
	kill(-child->pid, SIGKILL);
	return G_SOURCE_REMOVE;
}

void child_cancel(Child *child)
{
	child->done = NULL;
	kill(-child->pid, SIGKILL);
}

/* ---- how it starts ---- */

typedef struct {
	int in, out, err; /* -1: /dev/null */
} Ends;

/* posix_spawn(): no page of ours is copied, so a large parent starts children as fast as a
 * small one.  Every descriptor of ours is close-on-exec. */
static int spawn(const char *const *argv, const char *const *envp, const Ends *ends,
		 pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, ours;
	int r;

	sigemptyset(&none);
	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE); /* a daemon ignores it, and it would be inherited */
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ours);
	posix_spawn_file_actions_init(&files);
	if (ends->in >= 0)
		posix_spawn_file_actions_adddup2(&files, ends->in, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
						 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, ends->out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, ends->err, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	r = posix_spawnp(ret_pid, argv[0], &files, &attr, (char **)argv,
			 envp ? (char **)envp : environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return r;
}

static void close_ends(const Ends *ends)
{
	if (ends->in >= 0)
		close(ends->in);
	if (ends->out >= 0)
		close(ends->out);
	if (ends->err >= 0)
		close(ends->err);
}

/* False with errno. */
static bool make_pipe(int *read_end, int *write_end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	*read_end = fds[0];
	*write_end = fds[1];
	return true;
}

static Child *start(const char *const *argv, const char *const *envp, bool held,
		    GError **error)
{
	Ends ours = { -1, -1, -1 }, theirs = { -1, -1, -1 };
	Child *child;
	pid_t pid;
	int r = 0;

	if ((held && !make_pipe(&theirs.in, &ours.in)) ||
	    !make_pipe(&ours.out, &theirs.out) || !make_pipe(&ours.err, &theirs.err))
		r = errno;
	else
		r = spawn(argv, envp, &theirs, &pid);
	close_ends(&theirs);
	if (r != 0) {
		close_ends(&ours);
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", argv[0], g_strerror(r));
		return NULL;
	}

	child = g_new0(Child, 1);
	child->pid = pid;
	child->name = g_path_get_basename(argv[0]);
	child->in = ours.in;
	stream_init(&child->out, ours.out);
	stream_init(&child->err, ours.err);
	g_child_watch_add(pid, child_exited, child);
	return child;
}

static void await(Child *child, unsigned int timeout_ms, ChildDone done, void *data)
{
	child->done = done;
	child->data = data;
	child->timeout_ms = timeout_ms;
	if (timeout_ms)
		child->timer = g_timeout_add(timeout_ms, child_late, child);
}

Child *child_run(const char *const *argv, const char *const *envp,
		 unsigned int timeout_ms, ChildDone done, void *data, GError **error)
{
	Child *child = start(argv, envp, false, error);

	if (child)
		await(child, timeout_ms, done, data);
	return child;
}

Child *child_hold(const char *const *argv, ChildDone done, void *data, GError **error)
{
	Child *child = start(argv, NULL, true, error);

	if (child)
		await(child, 0, done, data);
	return child;
}

/* A pipe's buffer has room for a line; if nobody reads it any more, its end says so. */
void child_tell(Child *child, const char *line, unsigned int timeout_ms, ChildDone done,
		void *data)
{
	g_autofree char *text = g_strconcat(line, "\n", NULL);

	g_assert(child->in >= 0);
	if (write(child->in, text, strlen(text)) < 0)
		g_debug("%s: %s", child->name, g_strerror(errno));
	close(child->in);
	child->in = -1;
	await(child, timeout_ms, done, data);
}
