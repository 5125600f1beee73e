# R's data.table among Tine's peers.
#
# Its best settings: as many threads as asked for; types and delimiter are given; only the columns
# that are needed are read; keys are grouped in the order of their appearance, which saves a sort.
# See programs.py for what is asked and answered.

suppressPackageStartupMessages(library(data.table))

MAX_ANSWERED_ROWS <- 1000
R_TYPES <- c(int = "integer", "int?" = "integer", double = "double", date = "IDate",
             time = "POSIXct", string = "character", id = "character")

given <- commandArgs(trailingOnly = TRUE)
path <- given[1]
setDTthreads(as.integer(given[2]))
delimiter <- given[3]
columns <- tstrsplit(strsplit(given[4], ",")[[1]], ":")
types <- setNames(columns[[2]], columns[[1]])
task <- given[5]
arguments <- given[-(1:5)]

read <- function(names) {
  fread(path, sep = delimiter, header = TRUE, select = names, tz = "UTC",
        colClasses = setNames(R_TYPES[types[names]], names), showProgress = FALSE)
}

# fread leaves doubled quotes as they are.
unescape <- function(x) gsub('""', '"', x, fixed = TRUE, useBytes = TRUE)

# See table.h.
number <- function(table, name, type) {
  x <- table[[name]]
  x <- switch(type, string = nchar(unescape(x), type = "bytes"), id = substr(x, 3, 20), x)
  x <- as.numeric(x)
  x[is.na(x)] <- 0
  x
}

digest <- function(table, types) {
  values <- list()
  before <- NULL
  for (name in names(types)) {
    x <- number(table, name, types[[name]])
    values[[paste0(name, ".sum")]] <- sum(x)
    if (!is.null(before)) values[[paste0(name, ".dot")]] <- sum(x * before)
    if (types[[name]] != "string") {
      valid <- !is.na(table[[name]])
      values[[paste0(name, ".nulls")]] <- sum(!valid)
      values[[paste0(name, ".least")]] <- min(x[valid])
      values[[paste0(name, ".greatest")]] <- max(x[valid])
    }
    before <- x
  }
  values
}

name_rows <- function(table, keys) {
  key <- do.call(paste, c(lapply(keys, function(k) table[[k]]), sep = "|"))
  values <- list()
  for (name in setdiff(names(table), keys)) {
    values <- c(values, setNames(as.list(as.numeric(table[[name]])), paste0(key, "|", name)))
  }
  values
}

perform_rows <- function() nrow(read(names(types)[1]))

perform_sum <- function() lapply(read(arguments), sum)

perform_length <- function() sum(nchar(unescape(read(arguments)[[1]]), type = "bytes"))

perform_collect <- function() read(names(types))

group_keys <- function() strsplit(arguments[1], ",")[[1]]

perform_group <- function() {
  aggs <- tstrsplit(arguments[-1], ":")
  calls <- Map(function(op, column) call(op, as.name(column)), aggs[[1]], aggs[[2]])
  names(calls) <- paste0(aggs[[1]], "_", aggs[[2]])
  # As written by hand, so that its optimised aggregates (GForce) take over.
  what <- as.call(c(as.name("list"), calls))
  table <- read(unique(c(group_keys(), aggs[[2]])))
  eval(bquote(table[, .(what), by = .(group_keys())]))
}

perform_q1 <- function() {
  read(c("returnflag", "linestatus", "shipdate", "quantity", "extendedprice", "discount", "tax"))[
    shipdate <= as.IDate("1998-09-02"),
    .(count = .N, sum_qty = sum(quantity), sum_price = sum(extendedprice),
      sum_disc = sum(extendedprice * (1 - discount)),
      sum_charge = sum(extendedprice * (1 - discount) * (1 + tax)),
      avg_qty = mean(quantity), avg_price = mean(extendedprice), avg_disc = mean(discount)),
    by = .(returnflag, linestatus)]
}

answer_group <- function(table) {
  keys <- group_keys()
  if (nrow(table) <= MAX_ANSWERED_ROWS) return(c(groups = nrow(table), name_rows(table, keys)))
  aggs <- setdiff(names(table), keys)
  doubles <- setNames(rep("double", length(aggs)), aggs)
  c(groups = nrow(table), digest(table, c(types[keys], doubles)))
}

answers <- list(
  rows = function(n) list(rows = n),
  sum = identity,
  length = function(n) list(bytes = n),
  collect = function(table) c(rows = nrow(table), digest(table, types)),
  group = answer_group,
  q1 = function(table) name_rows(table, c("returnflag", "linestatus")))

perform <- get(paste0("perform_", task))
before <- proc.time()
result <- perform()
spent <- proc.time() - before
peak <- as.numeric(sub("[^0-9]*([0-9]+).*", "\\1",
                       grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) * 1024
values <- unlist(answers[[task]](result))
cat(sprintf('{"seconds": %.9g, "cpu": %.9g, "peak": %.0f, "answer": {%s}}\n',
            spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]], peak,
            paste0('"', names(values), '": ', sprintf("%.17g", values), collapse = ", ")))
