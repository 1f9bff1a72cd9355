/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/wait.h"
#include "net/fdpass.h"

enum result
fdpass_send(int to, int fd, struct error *err)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char byte = '\0';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int flags = fcntl(fd, F_GETFL);

	memset(control, 0, sizeof(control));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "fcntl");
	while (sendmsg(to, &msg, MSG_NOSIGNAL) == -1) {
		if (errno == EINTR || (errno == EAGAIN && wait_fd(to, POLLOUT,
		    CLOCK_NEVER, WAIT_NO_SIGNALS) == WAIT_READY))
			continue;
		return error_at(err, RESULT_LOCAL, STEP_PASS_SOCKET, "",
		    "%s%s", strerror(errno), errno == ENOTSOCK ? " (-F needs a "
		    "UNIX-domain socket there, as ssh's ProxyUseFdpass gives "
		    "it)" : "");
	}
	return RESULT_OK;
}
