/* SPDX-License-Identifier: ISC */
/*
 * What must hold inside, whatever users, peers and the system do: ASSERT(e)
 * ends the process by SIGABRT where e is false, and says which file, line and
 * expression that was.  On in every build for tests (configure,
 * --enable-assertions); elsewhere e is compiled, but not evaluated, so that
 * nothing may depend on what it does.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#ifdef ENABLE_ASSERTIONS
#define ASSERT(e)							\
	((e) ? (void)0 : assert_failed(__FILE__, __LINE__, #e))
#else
#define ASSERT(e)	((void)(0 && (e)))
#endif

/* It does not hold. */
void	assert_failed(const char *file, int line, const char *expression)
	    __attribute__((noreturn));

#endif
