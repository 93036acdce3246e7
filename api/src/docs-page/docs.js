// Runs in the browser, after Swagger UI's bundle.

const dark = window.matchMedia('(prefers-color-scheme: dark)');

/** Swagger UI's dark colours follow a class, not the system. */
function followColorScheme() {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
}

followColorScheme();
dark.addEventListener('change', followColorScheme);

window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  // The models stand beside each operation; the long list of them is folded.
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  // Nothing leaves this edge: Swagger UI would send the document to a validator elsewhere.
  validatorUrl: null,
});
