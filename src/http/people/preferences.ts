/** How somebody wants the pages: kept in their browser, and about nothing else. */

import { setCookie } from './cookies.ts'
import type { PageRoutes } from './deps.ts'
import { formOf } from './form.ts'
import { spoken } from './messages/messages.ts'
import { cookieSetting } from './person.ts'
import { backOf } from './sign-in/next.ts'
import { themes } from './view.ts'

const year = 365 * 86_400

export const preferenceRoutes: PageRoutes = (app, deps) => {
  app.post('/preferences', { config: { access: 'public' } }, async (request, reply) => {
    const form = formOf(request)
    const setting = cookieSetting(deps)
    if (form.has('theme')) setCookie(reply, 'theme', form.code('theme', themes), setting, year)
    if (form.has('language'))
      setCookie(reply, 'language', form.code('language', spoken()), setting, year)
    if (form.has('shortcuts'))
      setCookie(reply, 'shortcuts', form.code('shortcuts', ['on', 'off']), setting, year)
    return reply.redirect(backOf(form.text('back'), request.signedIn?.session), 303)
  })
}
