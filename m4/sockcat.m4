# SPDX-License-Identifier: ISC

# SC_TRY_CFLAGS(VARIABLE, FLAGS)
# Append to VARIABLE each word of FLAGS with which a program still compiles and
# links.  What VARIABLE has already is used in the probe too.
AC_DEFUN([SC_TRY_CFLAGS], [
for sc_flag in $2; do
	AC_MSG_CHECKING([whether $CC accepts $sc_flag])
	sc_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $[]$1 -Werror $sc_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
	    [AC_MSG_RESULT([yes])
	    AS_IF([test "x$[]$1" = x], [$1=$sc_flag], [$1="$[]$1 $sc_flag"])],
	    [AC_MSG_RESULT([no])])
	CFLAGS=$sc_saved_CFLAGS
done
AC_SUBST([$1])
])

# SC_TRY_LDFLAGS(VARIABLE, FLAGS)
# The same for the linker.
AC_DEFUN([SC_TRY_LDFLAGS], [
for sc_flag in $2; do
	AC_MSG_CHECKING([whether the linker accepts $sc_flag])
	sc_saved_CFLAGS=$CFLAGS
	sc_saved_LDFLAGS=$LDFLAGS
	CFLAGS="$CFLAGS $HARDENING_CFLAGS -Werror"
	LDFLAGS="$LDFLAGS $[]$1 $sc_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
	    [AC_MSG_RESULT([yes])
	    AS_IF([test "x$[]$1" = x], [$1=$sc_flag], [$1="$[]$1 $sc_flag"])],
	    [AC_MSG_RESULT([no])])
	CFLAGS=$sc_saved_CFLAGS
	LDFLAGS=$sc_saved_LDFLAGS
done
AC_SUBST([$1])
])

# SC_TRY_FORTIFY
# Add _FORTIFY_SOURCE to HARDENING_CPPFLAGS, unless nothing is optimized (then
# it does nothing but warn), or the compiler or the user has set it.
AC_DEFUN([SC_TRY_FORTIFY], [
AC_MSG_CHECKING([whether to define _FORTIFY_SOURCE])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined(__OPTIMIZE__) || defined(_FORTIFY_SOURCE)
#error "no"
#endif
]])],
    [AC_MSG_RESULT([yes])
    HARDENING_CPPFLAGS="$HARDENING_CPPFLAGS -D_FORTIFY_SOURCE=2"],
    [AC_MSG_RESULT([no])])
])

# SC_BATS_USABLE
# Set bats_missing to what is missing to run the bats tests, or to nothing.
AC_DEFUN([SC_BATS_USABLE], [
AC_MSG_CHECKING([whether the bats tests can be run])
bats_missing=
AS_IF([test "x$BATS" = xno], [bats_missing="bats is not installed"],
    [test "x$PYTHON3" = xno], [bats_missing="python3 is not installed"],
    [cat >conftest.bats <<'_SC_EOF'
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
@test "probe" { run -0 --separate-stderr true; assert_success; }
_SC_EOF
    AS_IF([$BATS --tap conftest.bats </dev/null >&AS_MESSAGE_LOG_FD 2>&1], [],
	[bats_missing="bats is too old (before 1.5), or bats-support or bats-assert is not installed"])
    rm -f conftest.bats])
AS_IF([test "x$bats_missing" = x], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no: $bats_missing])])
])

# SC_COMPLETION_DIR(SHELL, PACKAGE, DIRECTORY)
# --with-SHELL-completion-dir: where completions for SHELL go, SHELLcompletiondir;
# where pkg-config knows PACKAGE to have them, but below our own prefix, or else
# DIRECTORY below datadir.  The conditional COMPLETE_SHELL is false for "no".
AC_DEFUN([SC_COMPLETION_DIR], [
AC_ARG_WITH([$1-completion-dir],
    [AS_HELP_STRING([--with-$1-completion-dir=DIR],
	[where completions for $1 go; no: nowhere
	(default: DATADIR/$3, or as pkg-config says)])],
    [], [with_$1_completion_dir=yes])
AS_IF([test "x$with_$1_completion_dir" = xyes],
    [m4_ifval([$2], [with_$1_completion_dir=`$PKG_CONFIG \
	--define-variable=prefix='${prefix}' \
	--define-variable=datadir='${datadir}' \
	--variable=completionsdir $2 2>/dev/null`], [with_$1_completion_dir=])
    AS_IF([test "x$with_$1_completion_dir" = x],
	[with_$1_completion_dir='${datadir}/$3'])])
# They are made by a program of ours.
AS_IF([test "x$cross_compiling" = xyes &&
    test ! -f "$srcdir/completions/bash/sockcat"],
    [with_$1_completion_dir=no])
AC_SUBST([$1completiondir], [$with_$1_completion_dir])
AM_CONDITIONAL([COMPLETE_]m4_toupper([$1]),
    [test "x$with_$1_completion_dir" != xno])
])
