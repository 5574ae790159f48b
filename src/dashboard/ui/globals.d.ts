/** The build takes style sheets out of the scripts. */
declare module '*.css' {}
