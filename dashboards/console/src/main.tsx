// What begins when the page is loaded?
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries';
import { SessionProvider } from './api/session';
import { StreamProvider } from './api/stream';
import { router } from './app/router';
import { Starting } from './app/shell';
import { applyTheme } from './app/theme';
import { LangProvider } from './i18n';
import { ToastProvider } from './ui/toast';
import './style/base.css';
import './style/ui.css';
import './style/shell.css';

applyTheme();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <LangProvider>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <SessionProvider starting={(error) => <Starting error={error} />}>
            <StreamProvider>
              <RouterProvider router={router} />
            </StreamProvider>
          </SessionProvider>
        </ToastProvider>
      </QueryClientProvider>
    </LangProvider>
  </StrictMode>,
);
