/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/number.h"
#include "guard/privileges.h"

struct identity {
	const char	*name;		/* NULL: a number that has none */
	uid_t		 uid;
	gid_t		 gid;
};

static bool
privileges_find_group(const char *group, gid_t *gid)
{
	const struct group *gr = getgrnam(group);
	int64_t number;

	if (gr != NULL)
		*gid = gr->gr_gid;
	else if (number_parse(group, 0, UINT32_MAX - 1, &number))
		*gid = (gid_t)number;
	else
		return false;
	return true;
}

static bool
privileges_find_user(const char *user, struct identity *id)
{
	const struct passwd *pw = getpwnam(user);
	int64_t number;

	if (pw == NULL && number_parse(user, 0, UINT32_MAX - 1, &number)) {
		id->uid = (uid_t)number;
		id->gid = (gid_t)number;
		id->name = NULL;
		pw = getpwuid(id->uid);
		if (pw == NULL)
			return true;
	}
	if (pw == NULL)
		return false;
	id->name = pw->pw_name;
	id->uid = pw->pw_uid;
	id->gid = pw->pw_gid;
	return true;
}

/* NAME or NAME:GROUP; `missing' is what it is called if that is not there. */
static enum result
privileges_find(const char *text, enum result missing, struct identity *id,
    struct error *err)
{
	const char *colon = strchr(text, ':');
	char user[256];

	snprintf(user, sizeof(user), "%.*s", colon == NULL ?
	    (int)strlen(text) : (int)(colon - text), text);
	if (!privileges_find_user(user, id))
		return error_set(err, missing, "--user: there is no user '%s'",
		    user);
	if (colon != NULL && !privileges_find_group(colon + 1, &id->gid))
		return error_set(err, missing, "--user: there is no group '%s'",
		    colon + 1);
	return RESULT_OK;
}

bool
privileges_wanted(const struct privileges_options *o)
{
	return o->user != NULL || o->chroot_dir != NULL;
}

enum result
privileges_check(const struct privileges_options *o, struct error *err)
{
	const char *dir = o->chroot_dir;
	struct identity id;
	struct stat st;

	if (o->user != NULL && privileges_find(o->user, RESULT_USAGE, &id,
	    err) != RESULT_OK)
		return RESULT_USAGE;
	if (dir == NULL)
		return RESULT_OK;
	if (stat(dir, &st) == -1)
		return error_set_errno(err, RESULT_USAGE, errno,
		    "--chroot: '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, RESULT_USAGE, "--chroot: '%s' is not a "
		    "directory", dir);
	return RESULT_OK;
}

static int
privileges_become(const struct identity *id)
{
	if ((id->name != NULL ? initgroups(id->name, id->gid) :
	    setgroups(1, &id->gid)) == -1)
		return -1;
	if (setresgid(id->gid, id->gid, id->gid) == -1)
		return -1;
	return setresuid(id->uid, id->uid, id->uid);
}

enum result
privileges_drop(const struct privileges_options *o, struct error *err)
{
	const char *user = o->user, *dir = o->chroot_dir;
	struct identity id = { NULL, 0, 0 };

	/* The data base of users may be out of reach in the new root. */
	if (user != NULL && privileges_find(user, RESULT_LOCAL, &id, err) !=
	    RESULT_OK)
		return RESULT_LOCAL;
	if (dir != NULL && (chdir(dir) == -1 || chroot(".") == -1 ||
	    chdir("/") == -1))
		return error_set_errno(err, RESULT_LOCAL, errno, "--chroot "
		    "%s", dir);
	if (user != NULL && privileges_become(&id) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "--user %s",
		    user);
	if (privileges_wanted(o))
		log_line(LOG_STEP, "user %lu, group %lu, root directory %s",
		    (unsigned long)getuid(), (unsigned long)getgid(),
		    dir != NULL ? dir : "/");
	return RESULT_OK;
}
