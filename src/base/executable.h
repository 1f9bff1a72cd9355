/* SPDX-License-Identifier: ISC */
/* Whether a program is there. */
#ifndef BASE_EXECUTABLE_H
#define BASE_EXECUTABLE_H

/*
 * Look for the program `name' where execvp(3) would: in the directories of PATH
 * unless there is a slash in it.  0, or what execvp() would fail with: ENOENT,
 * or EACCES for what is there and is no file that we may execute.  What only
 * the attempt can show (an interpreter that is missing, a format that nobody
 * knows) is not looked at.
 */
int	executable_find(const char *name);

#endif
