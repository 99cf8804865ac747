-- Assize in Neovim, from 0.7 on: put this file into ~/.config/nvim/plugin/.
--
-- `vim.g.assize_command` is what is run instead of `assize lsp`: a list of the program and its arguments.

local clients = {}

-- The folder of the nearest project file, else the file's own.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local project = vim.fn.findfile("assize.toml", vim.fn.escape(folder, " ,\\;") .. ";")
  if project == "" then
    return folder
  end
  return vim.fn.fnamemodify(project, ":p:h")
end

-- Colours, where the parser and its queries are installed.
local function colour(buffer)
  if vim.treesitter.start then
    pcall(vim.treesitter.start, buffer, "assize")
  else
    pcall(function()
      vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, "assize"))
    end)
  end
end

-- Asks for the lenses of a buffer that is shown, where the server has some.
local function lenses(buffer)
  for _, client in pairs(vim.lsp.buf_get_clients(buffer)) do
    if client.name == "assize" and client.server_capabilities.codeLensProvider then
      vim.api.nvim_buf_call(buffer, vim.lsp.codelens.refresh)
      return
    end
  end
end

local function all_lenses()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    lenses(vim.api.nvim_win_get_buf(window))
  end
  return vim.NIL
end

local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.workspace.codeLens = { refreshSupport = true }
  return all
end

local function attach(buffer)
  vim.api.nvim_buf_set_option(buffer, "filetype", "assize")
  vim.api.nvim_buf_set_option(buffer, "commentstring", "// %s")
  colour(buffer)
  local root = root_of(vim.api.nvim_buf_get_name(buffer))
  local client = clients[root]
  if client == nil or vim.lsp.client_is_stopped(client) then
    client = vim.lsp.start_client({
      name = "assize",
      cmd = vim.g.assize_command or { "assize", "lsp" },
      root_dir = root,
      capabilities = capabilities(),
      handlers = { ["workspace/codeLens/refresh"] = all_lenses },
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    })
    clients[root] = client
  end
  if client == nil then
    return
  end
  vim.lsp.buf_attach_client(buffer, client)
  vim.api.nvim_buf_set_option(buffer, "omnifunc", "v:lua.vim.lsp.omnifunc")
  vim.keymap.set("n", "K", vim.lsp.buf.hover, { buffer = buffer })
  vim.keymap.set("n", "gd", vim.lsp.buf.definition, { buffer = buffer })
end

vim.api.nvim_create_autocmd({ "BufEnter", "CursorHold", "InsertLeave" }, {
  pattern = "*.assize",
  callback = function(event)
    lenses(event.buf)
  end,
})

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.assize",
  callback = function(event)
    attach(event.buf)
  end,
})
